"""A talk in a Slack form from the word to the receipt, with everything that goes wrong on the way."""

from typing import Any

from bot.demo.slack import Parcel, Refuses, payloads
from handlers import registry
from handlers.acts import Opens
from storage.unit_of_work import Store
from tests.slack.conftest import World

Json = dict[str, Any]


async def to_the_second_step(world: World) -> Any:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book tea")
    ada.fill("With milk?", "Yes")
    await ada.submit()
    return ada


async def references(store: Store) -> list[str]:
    async with store.reading() as uow:
        return [entry.thing for entry in await uow.audit.latest() if entry.action == "tea.ordered"]


async def test_tea_is_ordered_from_the_word_to_the_receipt(both_worlds: World) -> None:
    ada = both_worlds.person("ada@example.org")
    assert (await ada.command("/herald", "book tea")).ok
    form = ada.modal()
    assert form is not None
    assert form.title == "Your tea"
    assert ada.sees("Step 1 of 2")
    ada.fill("With milk?", "Yes")
    await ada.submit()
    assert ada.sees("What makes a good cup?")
    ada.fill("What makes a good cup?", "Patience and a warm pot")
    ada.fill("What goes with it?", ["Cake", "A biscuit"])
    ada.fill("When did you last have one?", "2026-11-20")
    await ada.submit()
    assert ada.sees("Check your answers")
    assert ada.sees("Cake, A biscuit")
    assert ada.sees("20 November 2026")
    await ada.submit()
    assert ada.sees("Your reference: T-2026-0001")
    assert both_worlds.workspace.complaints == []
    assert await references(both_worlds.store) == ["T-2026-0001"]


async def test_opening_a_form_is_the_first_thing_asked_of_slack(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book tea")
    assert world.methods() == ["views.open"]
    await ada.close()
    await world.settled()
    world.workspace.log.clear()
    await ada.say("book tea")
    await world.deliver()
    world.workspace.log.clear()
    await ada.press("Open the form")
    assert world.methods()[0] == "views.open"


async def test_a_form_carries_ids_and_nothing_that_was_answered(world: World) -> None:
    ada = await to_the_second_step(world)
    form = ada.modal()
    conversation, revision, step = form.private_metadata.split(".")
    assert (revision, step) == ("2", "why")
    assert len(conversation) == 16
    assert "yes" not in str(form.definition).casefold().replace("yesterday", "")


async def test_a_sensitive_answer_is_never_drawn_again(world: World) -> None:
    ada = await to_the_second_step(world)
    secret = "Only the blue pot, never the brown one"
    ada.fill("What makes a good cup?", secret)
    await ada.submit()
    assert ada.sees(f"Written, {len(secret)} characters")
    assert secret not in str(ada.modal().definition)
    await ada.press("Change", beside="What makes a good cup?")
    assert ada.sees(f"Your answer is kept: written, {len(secret)} characters.")
    assert secret not in str(ada.modal().definition)

    await ada.submit()  # the box is left empty
    assert ada.sees(f"Written, {len(secret)} characters")

    await ada.press("Change", beside="What makes a good cup?")
    ada.fill("What makes a good cup?", "Any pot")
    await ada.submit()
    assert ada.sees("Written, 7 characters")


async def test_a_wrong_answer_is_told_beside_its_box_and_the_next_try_counts(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book tea")
    await ada.submit(unchecked=True)
    assert ada.errors() == ["Choose an answer to “With milk?”"]
    ada.fill("With milk?", "No")
    await ada.submit()
    assert ada.sees("What makes a good cup?")


async def test_something_that_identifies_a_person_is_kept_in_the_form_only_until_it_is_taken_out(world: World) -> None:
    ada = await to_the_second_step(world)
    ada.fill("What makes a good cup?", "The one that nurse@ward.example.org makes")
    await ada.submit()
    assert ada.sees("Something here may identify a person.")
    typed = ada.modal().typed
    assert any("nurse@ward.example.org" in str(state) for state in typed.values())
    async with world.store.reading() as uow:
        held = await uow.conversations.open_of(1)
        assert "nurse" not in str(uow.conversations.snapshot(held[0]).answers)

    ada.fill("Or let Herald do it", ["Take these out for me"])
    await ada.submit()
    assert ada.sees("Check your answers")
    assert not ada.sees("nurse@ward.example.org")


async def test_back_and_change_redraw_the_same_form(world: World) -> None:
    ada = await to_the_second_step(world)
    form = ada.modal()
    await ada.press("Back")
    assert ada.modal().id == form.id
    assert ada.sees("With milk?")
    await ada.submit()
    ada.fill("What makes a good cup?", "Warmth")
    await ada.submit()
    await ada.press("Change", beside="With milk?")
    assert ada.sees("The cup")
    assert world.workspace.complaints == []


async def test_the_same_bytes_fifty_times_at_once_are_one_order(both_worlds: World) -> None:
    ada = await to_the_second_step(both_worlds)
    ada.fill("What makes a good cup?", "Warmth")
    await ada.submit()
    payload = payloads.view_submission(both_worlds.workspace, ada.member, ada.modal())
    heard = await ada.send_raw(Parcel.interaction(payload), times=50)
    assert {answer.status for answer in heard} == {200}
    assert all("T-2026-0001" in answer.body for answer in heard)
    assert await references(both_worlds.store) == ["T-2026-0001"]


async def test_the_command_fifty_times_at_once_opens_one_form(world: World) -> None:
    ada = world.person("ada@example.org")
    ada.copies = 50
    assert (await ada.command("/herald", "book tea")).ok
    async with world.store.reading() as uow:
        assert len(await uow.conversations.open_of(1)) == 1
    assert world.methods() == ["views.open"]


async def test_an_old_form_shows_where_the_talk_stands_now(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book tea")
    ada.fill("With milk?", "Yes")
    old = ada.modal()
    held = (dict(old.definition), dict(old.typed), old.hash)
    await ada.submit()
    old.definition, old.typed, old.hash = held
    await ada.submit()
    assert ada.sees("What makes a good cup?")
    assert world.workspace.complaints == []


async def test_words_typed_into_an_old_form_are_shown_again(world: World) -> None:
    ada = await to_the_second_step(world)
    old = ada.modal()
    ada.fill("What makes a good cup?", "Words that took an hour")
    held = (dict(old.definition), dict(old.typed), old.hash)
    await ada.press("Back")
    old.definition, old.typed, old.hash = held
    await ada.submit()
    assert ada.sees("This conversation has moved on since you opened this page")
    boxes = [block for block in ada.modal().blocks if block["type"] == "input"]
    assert boxes[0]["element"]["initial_value"] == "Words that took an hour"


async def test_a_closed_form_is_waiting_on_app_home(world: World) -> None:
    ada = await to_the_second_step(world)
    await ada.close()
    await world.settled()
    assert ada.modal() is None
    assert ada.home().sees("How do you take your tea?")
    await ada.press("Continue", where="home")
    assert ada.sees("What makes a good cup?")
    assert ada.messages() == []


async def test_a_form_that_opens_too_late_comes_as_a_message_with_a_button_and_a_link(world: World) -> None:
    ada = world.person("ada@example.org")
    world.workspace.faults.order("views.open", Refuses("expired_trigger_id"))
    await ada.command("/herald", "book tea")
    assert ada.modal() is None
    assert ada.sees("The form did not open in time.")
    await world.deliver()
    message = ada.messages()[-1]
    assert message.sees("The form could not be opened in time.")
    assert "https://herald.example.org/l/talk." in str(message.blocks)
    await ada.press("Open the form")
    assert ada.sees("With milk?")


async def test_a_talk_that_cannot_be_held_says_so(world: World) -> None:
    ada = world.person("ada@example.org")

    async def over(*_: Any) -> Opens:
        return Opens("tea", "over")

    registry.WORDS["cancel"] = over
    await ada.command("/herald", "cancel")
    assert ada.sees("The kettle is cold")
