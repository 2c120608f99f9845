"""Somebody with no part in a matter tries every button, page and talk about it: nothing is done, nothing is told."""

import itertools

import pytest

from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt
from bot.demo.slack import Parcel
from bot.links import Purpose
from handlers import conversations
from handlers.acts import Goes, Opens
from handlers.registry import ACTS, TALKS
from handlers.talk import About
from storage.tables.base import Table
from tests.attacks.northmere import CONCERN, a_cast, csrf_of, post_act, pressed, raised
from tests.talking import talk
from tests.world import World

CHOICES = ("", "acknowledge", "advance", "resolve", "withdraw", "give-time", "done", "accept", "approve", "cancel", "x")
HUGE = "9" * 30
ODD = (
    "",
    "/",
    "0",
    "-1",
    "1/2/3",
    HUGE,
    f"E-2026-0001/{HUGE}",
    "9" * 5000,
    f"E-2026-0001/{'9' * 5000}",
    "E-2026-0001/٣",
    "²",
    "' OR 1=1 --",
    "../../etc/passwd",
    "x" * 100_000,
    "\x00E-2026-0001/1",
    "<!channel>\r\nBcc: a@example.org",
    "\u202eevil",
    "😀" * 100,
    "instead-of:" + "P" * 200,
)
LEFT_ALONE = {"audit_entry", "receipt", "web_session", "conversation", "delivery"}
"""What a refused try may write: its receipt, its line in the audit log, an empty talk, a word to the owner."""


async def everything_but_traces(world: World) -> dict[str, list[str]]:
    async with world.herald.store.engines.reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in await session.execute(table.select()))
            for table in Table.metadata.sorted_tables
            if table.name not in LEFT_ALONE
        }


async def test_every_button_pressed_with_anything_in_it_is_no_server_error(world: World) -> None:
    cast = await a_cast(world.herald.store)
    await raised(world.herald.store, cast.ada)
    browser = await world.signed_in(cast.eve)
    csrf = await csrf_of(browser)
    for purpose, about in itertools.product(Purpose, ODD):
        page = await post_act(browser, purpose.value, about, "x", csrf=csrf)
        assert page.status < 500, (purpose, about[:60])


async def test_the_same_buttons_in_slack_answer_kindly(world: World) -> None:
    store = world.herald.store
    cast = await a_cast(store)
    await raised(store, cast.ada)
    person = world.slack(await world.person("Nan", slack=True))
    await person.open_home()
    home = person.home()
    assert home is not None
    for purpose, about in itertools.product(ACTS, ODD):
        action = {"type": "button", "action_id": f"herald:act:{purpose.value}:x", "value": about[:2000]}
        envelope = {
            "type": "block_actions",
            "user": {"id": "UNAN"},
            "container": {"type": "view", "view_id": home.id},
            "trigger_id": f"{purpose.value}.{hash(about)}",
            "view": {"id": home.id, "type": "home", "hash": home.hash, "blocks": [], "private_metadata": ""},
            "actions": [{**action, "block_id": "b", "action_ts": "1.1"}],
        }
        (answer,) = await person.send_raw(Parcel.interaction(envelope))
        assert answer.status == 200, (purpose, about[:60])


@pytest.mark.parametrize("who", ["eve", "ben", "dee"])
async def test_nobody_without_a_part_in_it_changes_or_learns_anything(world: World, who: str) -> None:
    """Every purpose with every reference there is, by people whom nobody has told."""
    store = world.herald.store
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    await pressed(store, cast.ada, Purpose.ESCALATION, f"{reference}/1", "advance")
    await talk(store, cast.ada, "pledge", pick="team_talk", visibility="private")
    async with store.reading() as uow:
        (pledge,) = await uow.pledges.of(cast.ada.id)
        (owned,) = await uow.deadlines.open_steps()
    intruder = getattr(cast, who)
    browser = await world.signed_in(intruder)
    about = [reference, f"{reference}/1", f"{reference}/2", f"{reference}/9", f"{pledge.reference}/w6"]
    about += [] if who == "ben" else [str(owned.step.id)]
    before = await everything_but_traces(world)
    for purpose, thing, choice in itertools.product(ACTS, about, CHOICES):
        if purpose is Purpose.PLEDGE:
            continue  # opens a pledge of one's own
        done = await pressed(store, intruder, purpose, thing, choice)
        told = " ".join((done.title, *done.lines)) if isinstance(done, Notice) else ""
        assert "Line managers" not in told, (purpose, thing, choice)
        assert "stage" not in told, (purpose, thing, choice)
        if isinstance(done, Opens):
            async with store.transaction() as uow:
                shown = await conversations.start(
                    uow, person=intruder, flow=done.flow, subject=done.subject, surface=Surface.WEB
                )
            assert not isinstance(shown, Prompt) or done.flow in ("escalation", "pledge"), (purpose, thing, choice)
        if isinstance(done, Goes):
            page = await browser.open(done.path)
            assert CONCERN not in page.response.text
    assert await everything_but_traces(world) == before


async def test_no_talk_about_somebody_elses_thing_opens(world: World) -> None:
    store = world.herald.store
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    async with store.reading() as uow:
        (owned,) = await uow.deadlines.open_steps()
        for flow, subject in itertools.product(TALKS, (reference, str(owned.step.id), HUGE)):
            if flow in ("escalation", "pledge"):
                continue
            built = await TALKS[flow].flow(uow, About(cast.eve, subject))
            assert isinstance(built, Notice), (flow, subject)


async def test_another_persons_talk_is_not_found_and_not_answered(world: World) -> None:
    store = world.herald.store
    cast = await a_cast(store)
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=cast.ada, flow="pledge", surface=Surface.WEB)
    assert isinstance(shown, Prompt)
    browser = await world.signed_in(cast.eve)
    path = f"/talk/{shown.conversation_id}/{shown.step}"
    assert (await browser.open(path)).status == 404
    body = {"csrf": await csrf_of(browser), "revision": "1", "q.pick": "team_talk"}
    for extra in ({}, {"do": "stop"}):
        await browser.http.post(path, data={**body, **extra})
    async with store.reading() as uow:
        (mine,) = await uow.conversations.open_of(cast.ada.id)
        assert uow.conversations.snapshot(mine).answers == {}


async def test_pages_about_other_peoples_things_are_not_there(world: World) -> None:
    store = world.herald.store
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    for who in (cast.eve, cast.ben, cast.dee):
        browser = await world.signed_in(who)
        for path in (f"/escalations/{reference}", "/ops/escalations", f"/escalations/{HUGE}", "/escalations/%00"):
            page = await browser.open(path)
            assert page.status in (400, 403, 404), path
            assert CONCERN not in page.response.text
    assert CONCERN in (await (await world.signed_in(cast.may)).open(f"/escalations/{reference}")).response.text


@pytest.mark.parametrize("number", ["0", "-1", HUGE, "1e3", "٣", "9223372036854775808"])
async def test_numbers_that_no_database_counts_are_no_server_error(world: World, number: str) -> None:
    admin = await world.person("Adm", roles=["admin", "coordinator", "publisher", "analyst", "escalation-lead"])
    browser = await world.signed_in(admin)
    token = {"csrf": await csrf_of(browser)}
    for path in (f"/ops/people/{number}", f"/ops/people/{number}/erase"):
        assert (await browser.open(path)).status in (400, 404), path
    for path in (
        f"/ops/outbox/{number}/retry",
        f"/ops/people/{number}/erase",
        f"/ops/people/strangers/{number}/settle",
    ):
        assert (await browser.http.post(path, data=token)).status_code < 500, path


async def test_a_combined_nudge_in_slack_marks_nothing_done_by_itself(world: World) -> None:
    """Its button only says "Answer": which answer is for the person to choose."""
    store = world.herald.store
    cast = await a_cast(store)
    async with store.reading() as uow:
        (owned,) = await uow.deadlines.open_steps()
    done = await pressed(store, cast.ben, Purpose.DEADLINE, str(owned.step.id), "")
    assert isinstance(done, Goes)
    async with store.reading() as uow:
        assert len(await uow.deadlines.open_steps()) == 1
