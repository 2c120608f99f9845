"""The same thing fifty times at once, at every door and on both databases: one effect, a kind answer each time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from sqlalchemy import func, select

from bot.demo.slack import Parcel, payloads
from bot.demo.slack.door import Delivery
from bot.demo.slack.seen import parts_of
from bot.keyring import Keyring
from bot.links import Purpose
from handlers.files import apply_file
from handlers.surveys.opening import open_survey
from storage.tables.base import Table
from storage.tables.people import Person
from tests.attacks.northmere import csrf_of, link_to, raised
from tests.drive import OnSlack
from tests.journeys.test_booking import SESSIONS
from tests.journeys.test_survey import SURVEY
from tests.web.browser import Browser
from tests.world import World

TIMES = 50
ONLY_TRACES = {"receipt", "audit_entry", "worker_beat", "switch"}


@dataclass
class Stage:
    """People and their business, ready for something to be sent fifty times."""

    world: World
    ada: Person
    may: Person
    slack: OnSlack


async def a_stage(world: World) -> Stage:
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="briefings.yaml", text=SESSIONS)
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    may = await world.person("May", slack=True, agency_id="northmere-council", roles=["manager", "practitioner"])
    await world.person("Lea", agency_id="northmere-police", roles=["escalation-lead", "coordinator"])
    async with world.herald.store.transaction() as uow:
        await apply_file(uow, name="survey.yaml", text=SURVEY)
        await open_survey(uow, survey_id="winter-views")
    return Stage(world, ada, may, OnSlack(world, ada))


async def counted(world: World) -> Counter[str]:
    """How many rows each table has, traces left out; the outbox by kind of message."""
    found: Counter[str] = Counter()
    async with world.herald.store.engines.reading() as session:
        for table in Table.metadata.sorted_tables:
            if table.name not in ONLY_TRACES | {"delivery"}:
                found[table.name] = (await session.execute(select(func.count()).select_from(table))).scalar_one()
        kinds = Table.metadata.tables["delivery"].c.kind
        for kind, many in (await session.execute(select(kinds, func.count()).group_by(kinds))).all():
            found[f"delivery of {kind}"] = many
    return found


def form_of(stage: Stage) -> Parcel:
    """What pressing the modal's button would send, not sent yet."""
    view = stage.slack.slack.modal()
    assert view is not None
    return Parcel.interaction(payloads.view_submission(stage.world.stand_in.workspace, stage.slack.slack.member, view))


async def a_command(stage: Stage) -> Parcel:
    fields = payloads.command(stage.world.stand_in.workspace, stage.slack.slack.member, name="/herald", text="pledge")
    return Parcel.command(fields)


async def a_message(stage: Stage) -> Parcel:
    workspace, member = stage.world.stand_in.workspace, stage.slack.slack.member
    sent = workspace.messages.post(member.channel, member.id, "what do I owe?")
    return Parcel.event(payloads.message_event(workspace, member, sent))


async def a_pledge(stage: Stage) -> Parcel:
    await stage.slack.start("pledge")
    await stage.slack.answer(pick="Share one piece of learning at our team meeting")
    await stage.slack.answer(visibility="Only me")
    return form_of(stage)


async def a_booking(stage: Stage) -> Parcel:
    await stage.slack.start("book signs of safety")
    stage.slack.slack.fill(stage.slack._block("confirm"), "Yes, book my seat")
    return form_of(stage)


async def a_survey(stage: Stage) -> Parcel:
    await stage.slack.start("survey")
    await stage.slack.answer(useful="5 – Very")
    stage.slack.slack.fill(stage.slack._block("join"), "Yes")
    return form_of(stage)


async def an_escalation(stage: Stage) -> Parcel:
    talk = stage.slack
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await talk.answer(own_reference="NH-77", reason="We think the plan was closed too early")
    return form_of(stage)


async def an_acknowledgement(stage: Stage) -> Parcel:
    await raised(stage.world.herald.store, stage.ada)
    await stage.world.tick()
    person = stage.world.slack(stage.may)
    message = next(message for message in reversed(person.messages()) if message.sees("I have this"))
    part = next(part for part in parts_of(message.blocks) if part.label == "I have this")
    payload = payloads.block_actions(stage.world.stand_in.workspace, person.member, part=part, chosen={}, place=message)
    return Parcel.interaction(payload)


Prepare = Callable[[Stage], Awaitable[Parcel]]
THROUGH_SLACK: dict[str, tuple[Prepare, dict[str, int]]] = {
    "a command": (a_command, {"conversation": 1}),
    "a message": (a_message, {"delivery of talk.words": 1}),
    "a pledge": (a_pledge, {"pledge": 1, "pledge_check_in": 3, "delivery of pledge.made": 1, "reference_counter": 1}),
    "a booking": (a_booking, {"booking": 1, "delivery of booking.confirmed": 1, "reference_counter": 1}),
    "a survey": (a_survey, {"survey_response": 1}),
    "an escalation": (
        an_escalation,
        {
            "escalation": 1,
            "escalation_step": 1,
            "escalation_note": 2,
            "escalation_contact": 3,
            "delivery of escalation.alert": 2,
            "reference_counter": 1,
        },
    ),
    "an acknowledgement": (an_acknowledgement, {"delivery of escalation.acknowledged": 2, "delivery of talk.done": 1}),
}


async def grown(world: World, before: Counter[str]) -> dict[str, int]:
    """What there is more of than before."""
    after = await counted(world)
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


async def test_slack_sends_everything_fifty_times_at_once(world: World) -> None:
    stage = await a_stage(world)
    world.stand_in.door.patience = 60.0
    for what, (prepare, effect) in THROUGH_SLACK.items():
        parcel = await prepare(stage)
        before = await counted(world)
        heard: list[Delivery] = await stage.slack.slack.send_raw(parcel, times=TIMES)
        assert Counter(answer.status for answer in heard) == {200: TIMES}, what
        assert await grown(world, before) == effect, what
        await stage.slack.slack.send_raw(parcel, times=5)
        assert await grown(world, before) == effect, what
        if stage.slack.slack.modal() is not None:
            await stage.slack.slack.close(everything=True)


async def on_the_web(stage: Stage, path: str, button: str, **answers: str) -> tuple[Browser, str, dict[str, str]]:
    """A form filled in and not sent: the browser, where it goes, and what it carries."""
    browser = await stage.world.signed_in(stage.ada)
    page = await browser.open(path)
    form, _ = page.form_with(button)
    return browser, str(form["action"]), {**dict(page.fields(button)), **answers}


async def a_seat(stage: Stage) -> tuple[Browser, str, dict[str, str]]:
    return await on_the_web(stage, "/briefings/signs-2026-12", "Book my seat")


async def a_new_pledge(stage: Stage) -> tuple[Browser, str, dict[str, str]]:
    return await on_the_web(stage, "/pledge", "Make a pledge")


async def my_choices(stage: Stage) -> tuple[Browser, str, dict[str, str]]:
    return await on_the_web(stage, "/preferences", "Save", prefers="email")


async def a_link(stage: Stage, keyring: Keyring) -> tuple[Browser, str, dict[str, str]]:
    browser = await stage.world.browser()
    store = stage.world.herald.store
    path = link_to(stage.ada, Purpose.BOOK, "signs-2026-12", keyring=keyring, store=store)
    return browser, path, {"csrf": await csrf_of(browser), "choice": "book"}


async def test_a_browser_sends_everything_fifty_times_at_once(world: World, keyring: Keyring) -> None:
    stage = await a_stage(world)
    forms = (a_new_pledge(stage), my_choices(stage), a_seat(stage), a_link(stage, keyring))
    effects = (
        {"conversation": 1},
        {},
        {"booking": 1, "delivery of booking.confirmed": 1, "reference_counter": 1},
        {"delivery of booking.confirmed": 0},
    )
    for prepare, effect in zip(forms, effects, strict=True):
        browser, path, body = await prepare
        before = await counted(world)
        answers = await asyncio.gather(*(press(browser, path, body) for _ in range(TIMES)))
        assert Counter(answer.status_code for answer in answers) == {303: TIMES}, path
        assert await grown(world, before) == {name: many for name, many in effect.items() if many}, path


async def press(browser: Browser, path: str, body: dict[str, str]) -> httpx.Response:
    return await browser.http.post(path, data=body, follow_redirects=False)


async def test_fifty_presses_with_fifty_keys_on_one_link_are_still_one_booking(world: World, keyring: Keyring) -> None:
    """Two tabs, a forwarded mail, an impatient thumb: each press is new to us, and the seat is the same."""
    stage = await a_stage(world)
    browser, path, body = await a_link(stage, keyring)
    before = await counted(world)
    keyed = [{**body, "key": f"a-key-of-its-own-{number:04d}"} for number in range(TIMES)]
    answers = await asyncio.gather(*(press(browser, path, one) for one in keyed))
    assert {answer.status_code for answer in answers} == {303}
    assert await grown(world, before) == {"booking": 1, "delivery of booking.confirmed": 1, "reference_counter": 1}


async def test_fifty_requests_for_a_sign_in_link_at_once_are_five_mails(world: World) -> None:
    stage = await a_stage(world)
    browser = await world.browser()
    csrf = await csrf_of(browser)
    bodies = [{"csrf": csrf, "email": stage.ada.email, "key": f"a-key-of-its-own-{n:04d}"} for n in range(TIMES)]
    answers = await asyncio.gather(*(press(browser, "/sign-in", body) for body in bodies))
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, "/sign-in/sent")}
    assert (await counted(world))["delivery of signin.link"] == 5
