"""Practitioners who never open a form: they type, and what they typed is the same record as from anywhere else."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.slack import SlackPerson
from bot.keyring import Keyring
from tests.clocks import MovingClock
from tests.drive import OnDirectMessage, OnTheWeb
from tests.journeys.test_booking import ada_and_sessions, states
from tests.journeys.test_survey import opened
from tests.world import World, a_world, path_of

LINK = re.compile(r"<(https?://[^|>]+/l/[^|>]+)\|or go on with it on the web>")
OWN = "Ask the young person first what they want from the meeting"


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    """Northmere on SQLite: tests/conversation/test_hearing.py asks the same of both databases, door apart."""
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


async def test_a_pledge_made_by_typing_is_a_pledge(world: World) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health", champion="active")
    talk = OnDirectMessage(world, ada)
    await talk.start("plegde")
    await talk.answer(pick="something else, in my own words", own=OWN)
    await world.restart()
    await talk.answer(plan_with="My team", visibility="Only me")
    await talk.send()
    assert talk.sees("P-2026-0001")
    async with world.herald.store.reading() as uow:
        (pledge,) = await uow.pledges.of(ada.id)
    assert (pledge.text, pledge.plan_with, pledge.visibility) == (OWN, "My team", "private")


async def test_a_seat_is_booked_in_two_lines(world: World) -> None:
    ada = await ada_and_sessions(world)
    talk = OnDirectMessage(world, ada)
    await talk.write("book me on signs of safety")
    await talk.press("Yes, book my seat")
    assert talk.sees("B-2026-0001")
    assert await states(world) == {"Ada": "confirmed"}


async def test_a_survey_is_answered_by_typing(world: World) -> None:
    ada = await opened(world)
    await world.tick()
    talk = OnDirectMessage(world, ada)
    await talk.write("survey")
    await talk.answer(useful="2", why="Send the slides before", join="no")
    assert talk.sees("Thank you")
    async with world.herald.store.reading() as uow:
        (reply,) = await uow.surveys.replies("winter-views")
    assert dict(reply.answers) == {"useful": "2", "why": "Send the slides before", "join": "no"}


async def test_a_survey_without_forms_asks_in_a_message_when_its_button_is_pressed(world: World) -> None:
    ada = await opened(world, channels="[dm]")
    await world.tick()
    talk = OnDirectMessage(world, ada)
    await talk.press("Answer now")
    assert talk.asked() == "useful"
    await talk.slack.close()
    await talk.answer(useful="5", join="yes")
    assert talk.sees("Thank you")


async def test_an_escalation_is_never_typed(world: World) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    talk = OnDirectMessage(world, ada)
    await talk.write("escalate")
    assert talk.asked() == ""
    assert "by message" in talk.last() or "Start" in talk.last()


@pytest.mark.parametrize("last", ["dm", "web"])
async def test_a_talk_moves_between_message_web_and_form_and_loses_nothing(world: World, last: str) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health", champion="active")
    talk, web = OnDirectMessage(world, ada), OnTheWeb(world, ada)
    await talk.start("pledge")
    await talk.write("9")
    assert talk.asked() == "own"
    await web.open(_web_link(talk.slack))
    await web.press("Continue")
    await web.answer(own=OWN)
    await talk.write("continue")
    assert (talk.asked(), "question 3 of 6" in talk.last()) == ("plan_with", True)
    await talk.write("My team")
    await talk.press("Open the form")
    await _in_form(talk.slack, plan_by="2027-03-27", visibility="My agency")
    await talk.write("continue")
    assert "check your answers" in talk.last()
    await (talk.send() if last == "dm" else _send_on_the_web(web, talk))
    async with world.herald.store.reading() as uow:
        (pledge,) = await uow.pledges.of(ada.id)
    made = (pledge.text, pledge.plan_with, str(pledge.plan_by), pledge.visibility, pledge.reference)
    assert made == (OWN, "My team", "2027-03-27", "team", "P-2026-0001")


def _web_link(slack: SlackPerson) -> str:
    found = [LINK.search(str(block)) for message in slack.messages() for block in message.blocks]
    return path_of([link[1] for link in found if link is not None][-1])


async def _in_form(slack: SlackPerson, **answers: str) -> None:
    view = slack.modal()
    assert view is not None
    for block in view.blocks:
        key = str(block.get("block_id", "")).partition(":")[0]
        if key in answers:
            slack.fill(str(block["block_id"]), answers[key])
    await slack.submit()
    await slack.close()


async def _send_on_the_web(web: OnTheWeb, talk: OnDirectMessage) -> None:
    await web.open(_web_link(talk.slack))
    await web.press("Continue")
    await web.press("Make this pledge")
    await talk.press("Make this pledge")
    assert "already recorded" in talk.last()
