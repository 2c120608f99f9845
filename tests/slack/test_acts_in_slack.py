"""Buttons in messages: one effect, an answer at once, and the message says what was done."""

from typing import Any

import pytest

from bot.demo.slack import Refuses, SlackPerson
from bot.links import Button, Purpose
from handlers import registry
from handlers.acts import Listing, Need
from tests.slack.conftest import World


async def a_message_with_one_button(world: World) -> SlackPerson:
    """One need, so that everything in the message is about one thing."""

    async def one(*_: Any) -> Listing:
        return Listing("Your cup", (Need("Cup 7", "", (Button("Drink it", Purpose.OFFER, "7", "drink"),)),))

    registry.WORDS["cancel"] = one
    ada = world.person("ada@example.org")
    await ada.say("cancel")
    await world.deliver()
    return ada


async def test_a_press_is_answered_at_once_and_the_message_says_when_it_was_done(both_worlds: World) -> None:
    ada = await a_message_with_one_button(both_worlds)
    await ada.press("Drink it")
    assert ada.modal().sees("You drank the cup")
    assert ada.modal().sees("Your reference: T-2026-9999")
    await both_worlds.deliver()
    assert ada.messages()[-1].sees("Done: You drank the cup (T-2026-9999)")
    assert ada.messages()[-1].sees("10:00, 24 November")
    assert len(ada.messages()) == 2


async def test_pressing_many_times_is_one_effect_and_a_kind_answer(both_worlds: World) -> None:
    ada = await a_message_with_one_button(both_worlds)
    ada.copies = 20
    await ada.press("Drink it")
    ada.copies = 1
    async with both_worlds.store.reading() as uow:
        assert await uow.conversations.counted("cup-7") == 1
    await ada.close()
    await ada.press("Drink it")
    assert ada.sees("You drank this cup already")
    await both_worlds.deliver()
    assert ada.messages()[-1].sees("Done: You drank the cup")


async def test_a_message_about_several_things_keeps_its_other_buttons(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.say("book cups")
    await world.deliver()
    await ada.press("Drink it: Cup 1")
    await ada.close()
    await world.deliver()
    await ada.press("Drink it: Cup 2")
    assert ada.sees("You drank the cup")


async def test_a_button_of_another_age_is_answered_kindly(world: World) -> None:
    ada = world.person("ada@example.org")
    buttons = [
        {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}, "value": "x"}
        for name in ("herald:forgotten", "herald:act:nothing:x", "herald:act", "herald:")
    ]
    world.workspace.messages.post(
        ada.member.channel, world.workspace.app.bot_user, "Old", blocks=[{"type": "actions", "elements": buttons}]
    )
    for name in ("herald:forgotten", "herald:act:nothing:x", "herald:act", "herald:"):
        assert (await ada.press(name)).ok
        assert ada.modal().sees("This button no longer works")
        await ada.close()


async def test_a_failing_act_is_told_kindly_and_logged_without_words(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ada = world.person("ada@example.org")
    button = {
        "type": "button",
        "action_id": "herald:act:offer:fail",
        "text": {"type": "plain_text", "text": "Break"},
        "value": "7",
    }
    world.workspace.messages.post(
        ada.member.channel, world.workspace.app.bot_user, "Old", blocks=[{"type": "actions", "elements": [button]}]
    )
    assert (await ada.press("Break")).ok
    assert ada.modal().sees("Something went wrong on our side.")
    said = [record.getMessage() for record in caplog.records if record.name.startswith("herald")]
    assert any("RuntimeError" in line for line in said)
    assert not any("ada@example.org" in line for line in said)


async def test_a_button_that_opens_a_talk_falls_back_to_a_message(world: World) -> None:
    ada = world.person("ada@example.org")
    button = {"type": "button", "action_id": "herald:act:offer:order", "text": {"type": "plain_text", "text": "Order"}}
    world.workspace.messages.post(
        ada.member.channel, world.workspace.app.bot_user, "Old", blocks=[{"type": "actions", "elements": [button]}]
    )
    world.workspace.faults.order("views.open", Refuses("expired_trigger_id"))
    await ada.press("Order")
    await world.deliver()
    await ada.press("Open the form")
    assert ada.modal().sees("With milk?")
