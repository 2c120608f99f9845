"""`/herald …` and the same words as a direct message: always a useful answer, and hostile text stays text."""

from pathlib import Path

import pytest

from bot.demo.slack import payloads
from bot.keyring import Keyring
from storage.deliveries import SendingPolicy
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.slack.conftest import World, a_world, people


async def test_help_names_the_words_and_whom_to_ring(world: World) -> None:
    ada = world.person("ada@example.org")
    for text in ("", "help", "quite unheard-of nonsense"):
        assert (await ada.command("/herald", text)).ok
        answer = ada.ephemeral()[-1]
        assert answer.sees("book – find a briefing")
        assert answer.sees("Ring 999 now if a child is in immediate danger.")
        assert answer.sees("01632 960001")
    assert ada.ephemeral()[-1].sees("Sorry, I did not understand that.")


@pytest.mark.parametrize("text", ["a child is in danger", "999", "emergancy!!", "someone is being hurt"])
async def test_danger_is_answered_with_the_numbers_first(world: World, text: str) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", text)
    answer = ada.ephemeral()[-1]
    assert answer.words.startswith("If a child is in danger now\nRing 999 now")
    await ada.say(text)
    await world.deliver()
    assert ada.messages()[-1].words.startswith("If a child is in danger now\nRing 999 now")


async def test_the_same_words_as_a_message_are_answered_with_a_message(both_worlds: World) -> None:
    ada = both_worlds.person("ada@example.org")
    assert (await ada.say("Book me on anything, please")).ok
    await both_worlds.deliver()
    answer = ada.messages()[-1]
    assert answer.sees("Which cup?")
    await ada.press("Drink it: Cup 2")
    assert ada.modal() is not None
    assert ada.sees("You drank the cup")


async def test_a_message_that_comes_twice_is_answered_once_even_under_a_new_event_id(world: World) -> None:
    ada = world.person("ada@example.org")
    posted = world.workspace.messages.post(ada.member.channel, ada.member.id, "help")
    first = payloads.message_event(world.workspace, ada.member, posted)
    second = {**first, "event_id": "Ev0ANOTHER"}
    for event in (first, first, second):
        assert (await ada.send_event(event, headers={"X-Slack-Retry-Num": "1"})).ok
    assert len(await world.outbox()) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B0HERALD1"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"channel_type": "channel"},
        {"user": None},
    ],
    ids=["a bot", "an edit", "a deletion", "a channel", "nobody"],
)
async def test_what_is_nobodys_own_words_is_passed_over(world: World, more: dict[str, str]) -> None:
    ada = world.person("ada@example.org")
    posted = world.workspace.messages.post(ada.member.channel, ada.member.id, "help")
    event = payloads.message_event(world.workspace, ada.member, posted)
    event["event"] = {**event["event"], **more}
    assert (await ada.send_event(event)).ok
    assert await world.outbox() == []


async def test_hostile_words_arrive_as_letters(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.command("/herald", "book cups")
    hostile = "<!channel> is *not* a drink & <https://evil.example|NHS> neither"
    shown = ada.ephemeral()[-1]
    assert shown.sees(hostile)
    assert '"mrkdwn", "text": "<!channel>' not in str(shown.blocks)
    await ada.say("book <!channel> <@U1>")
    await world.deliver()
    message = ada.messages()[-1]
    assert message.sees(hostile)
    assert "<!channel>" not in message.text


async def test_what_is_said_is_not_kept(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.say("help me with the Featherstonehaugh family")
    await world.deliver()
    for delivery in await world.outbox():
        assert "Featherstone" not in f"{delivery.facts}{delivery.ledger_key}{delivery.about}"


async def test_in_practice_mode_whoever_writes_is_answered_all_the_same(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path, tea_time: None
) -> None:
    store = Store(sqlite_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=False, slack=True))
    await people(store)
    async with a_world(store, clock, keyring, tmp_path, live=False) as world:
        ada = world.person("ada@example.org")
        await ada.say("999")
        await world.deliver()
        assert ada.messages()[-1].sees("Ring 999 now")
        assert ada.messages()[-1].sees("Practice: Herald is being tried out.")
        assert [delivery.state for delivery in await world.outbox()] == [DeliveryState.SENT]
        await ada.open_home()
        assert ada.home().sees("Practice: Herald is being tried out.")
    await store.close()
