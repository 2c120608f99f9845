"""Slack slow, hanging or gone, and a database that is locked: a kind answer in time, and nothing typed is lost."""

import asyncio

import pytest

from bot.demo.slack import Hang, Parcel, RateLimited, Reset, ServerError, payloads
from bot.demo.slack.seen import parts_of
from tests.databases import locked
from tests.slack.conftest import World
from tests.slack.test_talking import references, to_the_second_step

IN_TIME_S = 2.5


def database_of(world: World) -> str:
    return f"sqlite:///{world.store.engines.writer.url.database}"


@pytest.mark.parametrize("fault", [Hang(4.0), Hang(4.0, done=True), Reset(), ServerError(), RateLimited(30)], ids=repr)
async def test_a_form_that_slack_does_not_open_is_no_dead_end(world: World, fault: object) -> None:
    ada = world.person("ada@example.org")
    world.workspace.faults.order("views.open", fault)
    answer = await ada.command("/herald", "book tea")
    assert answer.ok
    assert answer.seconds < IN_TIME_S
    await world.deliver()
    assert ada.messages()[-1].sees("Press the button to open the form.")


async def test_a_locked_database_is_a_kind_line_for_a_command(world: World) -> None:
    ada = world.person("ada@example.org")
    async with locked(database_of(world)):
        answer = await ada.command("/herald", "book tea")
    assert answer.ok
    assert answer.seconds < IN_TIME_S
    assert ada.sees("Herald is busy just now. Nothing is lost; please try again in a minute.")
    await ada.command("/herald", "book tea")
    assert ada.modal() is not None


async def test_a_locked_database_keeps_what_stands_in_a_form(world: World) -> None:
    ada = await to_the_second_step(world)
    ada.fill("What makes a good cup?", "Words that took an hour")
    async with locked(database_of(world)):
        assert (await ada.submit()).seconds < IN_TIME_S
        assert ada.errors() == ["Herald is busy just now. Nothing is lost; please try again in a minute."]
    await ada.submit()
    assert ada.sees("Check your answers")

    async with locked(database_of(world)):
        await ada.submit()
        assert ada.modal().sees("Herald is busy just now.")
        await ada.close()
        assert ada.sees("Check your answers")
    await ada.submit()
    assert await references(world.store) == ["T-2026-0001"]


async def test_a_message_meets_a_locked_database_is_told_and_comes_again(world: World) -> None:
    ada = world.person("ada@example.org")
    async with locked(database_of(world)):
        answer = await ada.say("help")
        assert answer.status == 503
        assert answer.seconds < IN_TIME_S
        assert ada.ephemeral()[-1].sees("Herald is busy just now.")
        (retried,) = await ada.send_again(retry=1)
        assert retried.status == 503
        assert len(ada.ephemeral()) == 1
    (retried,) = await ada.send_again(retry=2)
    assert retried.ok
    await world.deliver()
    assert ada.messages()[-1].sees("How Herald can help")


async def test_a_press_meets_a_locked_database_and_is_told(world: World) -> None:
    ada = world.person("ada@example.org")
    await ada.say("book cups")
    await world.deliver()
    async with locked(database_of(world)):
        assert (await ada.press("Drink it: Cup 1")).seconds < IN_TIME_S
        assert ada.modal().sees("Herald is busy just now.")
    await ada.close()
    await ada.press("Drink it: Cup 1")
    assert ada.sees("You drank the cup")


async def test_a_lock_of_half_a_second_is_not_even_noticed(world: World) -> None:
    ada = world.person("ada@example.org")
    async with locked(database_of(world)):
        waiting = asyncio.create_task(ada.command("/herald", "book tea"))
        await asyncio.sleep(0.5)
    assert (await waiting).ok
    assert ada.modal() is not None


async def test_a_form_closed_meanwhile_is_no_error(world: World) -> None:
    ada = await to_the_second_step(world)
    form = ada.modal()
    world.workspace.views.close(form, everything=True)
    back = next(part for part in parts_of(form.blocks) if part.action_id == "herald:back")
    payload = payloads.block_actions(world.workspace, ada.member, part=back, chosen={}, place=form)
    (answer,) = await ada.send_raw(Parcel.interaction(payload))
    assert answer.ok
    assert [call.error for call in world.workspace.calls("views.update")] == ["not_found"]
    assert ada.modal() is None
