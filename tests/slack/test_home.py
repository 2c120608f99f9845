"""App Home: a welcome once, what waits, preferences; and somebody whom nobody knows."""

from bot.demo.slack import ServerError
from tests.slack.conftest import World
from tests.slack.test_talking import to_the_second_step


async def test_the_first_look_brings_one_short_welcome(both_worlds: World) -> None:
    ada = both_worlds.person("ada@example.org")
    for _ in range(3):
        assert (await ada.open_home()).ok
    await both_worlds.deliver()
    assert [message.sees("Welcome to Herald, from Northmere") for message in ada.messages()] == [True]
    assert ada.home().sees("What needs you")
    assert ada.home().sees("Nothing is waiting for you.")
    assert ada.home().sees("Ring 999 now if a child is in immediate danger.")


async def test_a_button_on_home_begins_something(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.open_home()
    await ada.press("Book a briefing")
    assert ada.modal().sees("Which cup?")
    await ada.press("Drink it", beside="Cup 1")
    assert ada.modal().sees("You drank the cup")


async def test_how_herald_writes_is_chosen_on_home(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.open_home()
    await ada.press("Write to me by e-mail")
    assert ada.home().sees("Messages come by e-mail.")
    await ada.press("Turn reminders off")
    assert ada.home().sees("Reminders by message are off")
    async with world.store.reading() as uow:
        person = await uow.people.by_slack_id("U0ADA")
        assert person is not None
        assert (person.prefers, person.nudges) == ("email", False)
    await ada.say("help")
    await world.deliver()
    assert ada.messages()[-1].sees("How Herald can help")  # what is asked here is answered here


async def test_home_follows_what_the_person_does(world: World) -> None:
    ada = await to_the_second_step(world)
    await ada.open_home()
    assert ada.home().sees("How do you take your tea?")
    ada.fill("What makes a good cup?", "Warmth")
    await ada.submit()
    await ada.submit()
    await world.settled()
    assert not ada.home().sees("How do you take your tea?")


async def test_slack_refusing_to_draw_home_harms_nothing(world: World) -> None:
    ada = world.person("ada@example.org")
    world.workspace.faults.order("views.publish", ServerError())
    assert (await ada.open_home()).ok
    await ada.open_home()
    assert ada.home().sees("What needs you")
