"""Saying it, in two minutes: the whole talk, what it answers when it cannot be, and a receipt that claims nothing."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.keyring import Keyring
from handlers.connections import MAIL, SLACK
from handlers.escalations.raising import before
from handlers.files import apply_file
from storage.deliveries import SendingPolicy
from storage.switches import PAUSED, SENDING
from storage.tables.escalations import Escalation, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.drive import OnSlack, OnTheWeb
from tests.factories import PARTNERSHIP, a_person
from tests.talking import talk
from tests.world import World, a_world

PROCEDURE = "https://intranet.health.example.org/disagreements"
WITH_PROCEDURE = PARTNERSHIP.replace(
    "role_mailbox: safeguarding@health", f"procedure: '{PROCEDURE}', role_mailbox: safeguarding@health"
)
NO_APPROVAL = PARTNERSHIP.replace("  approved_by: Partnership Executive\n  approved_on: 2026-09-01\n", "")
ANSWERS = {
    "danger": "no",
    "consulted": "yes",
    "consulted_on": "23 11 2026",
    "other_agency": "northmere-council",
    "kind": "threshold",
    "urgency": "standard",
    "own_reference": "NH-2291",
    "reason": "We think the threshold is met",
    "would_help": "A joint visit this week",
}


async def northmere(store: Store, *, text: str = WITH_PROCEDURE) -> Person:
    async with store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=text)
        await a_person(uow, "May", agency_id="northmere-council", roles=["manager"])
        await a_person(uow, "Lea", agency_id="northmere-police", roles=["escalation-lead"])
        return await a_person(uow, "Ada", agency_id="northmere-health")


async def the_one(store: Store) -> tuple[Escalation, EscalationStep]:
    async with store.reading() as uow:
        (escalation,) = await uow.escalations.everything()
        step = await uow.escalations.step(escalation)
        assert step is not None
        return escalation, step


async def receipt(store: Store, ada: Person, **changed: str) -> str:
    end = await talk(store, ada, "escalation", **{**ANSWERS, **changed})
    assert isinstance(end, Receipt), end
    return " ".join(end.lines)


def on(surface: OnSlack | OnTheWeb, day: date) -> dict[str, str]:
    """The day on which somebody was consulted, as the surface takes it."""
    if isinstance(surface, OnSlack):
        return {"consulted_on": day.isoformat()}
    return {"consulted_on.day": str(day.day), "consulted_on.month": str(day.month), "consulted_on.year": str(day.year)}


def wrong_with(surface: OnSlack | OnTheWeb) -> str:
    """What the surface says is wrong with the answers of this step."""
    if isinstance(surface, OnSlack):
        return str(surface.slack.errors())
    assert surface.page is not None
    return str(surface.page.errors)


@pytest.fixture
async def world(sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as made:
        yield made


@pytest.mark.parametrize("surface", [OnSlack, OnTheWeb], ids=["modal", "web"])
async def test_the_whole_talk_keeps_every_answer_in_its_place(world: World, surface: type) -> None:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    ben = await world.person("Ben", slack=True, agency_id="northmere-council")
    raising = surface(world, ada)
    await raising.start("escalate")
    await raising.answer(danger="No")
    await raising.answer(consulted="Yes", **on(raising, date(2026, 11, 25)))
    assert "on or before 24 November 2026" in wrong_with(raising), "nobody was consulted tomorrow"
    await raising.answer(consulted="Yes", **on(raising, date(2026, 11, 23)))
    await raising.answer(
        other_agency="Northmere Council", counterpart=ben.email, kind="Whether a threshold is met", urgency="Urgent"
    )
    await raising.answer(own_reference="NH-77", reason="We think it is met", would_help="A visit together")
    assert raising.sees("Check your answers")
    await raising.send()
    assert raising.sees("E-2026-0001")
    assert raising.sees("one person at Northmere Council")
    escalation, step = await the_one(world.herald.store)
    assert (escalation.consulted, escalation.consulted_on) == ("yes", date(2026, 11, 23))
    assert (escalation.kind, escalation.urgency, escalation.other_agency) == (
        "threshold",
        "urgent",
        "northmere-council",
    )
    assert (step.named, escalation.practice) == (ben.email, False)
    async with world.herald.store.reading() as uow:
        words = {note.kind: text for note, text in await uow.escalations.notes(escalation)}
    assert words == {"own reference": "NH-77", "concern": "We think it is met", "would help": "A visit together"}


async def test_one_leaves_at_once_from_every_page_and_rings_by_touching(world: World) -> None:
    web = OnTheWeb(world, await world.person("Ada", agency_id="northmere-health"))
    seen = []
    pages: tuple[Callable[[], Awaitable[None]], ...] = (
        lambda: web.open("/escalate"),
        lambda: web.press("Start"),
        lambda: web.answer(danger="No"),
        lambda: web.answer(consulted="Not yet"),
        lambda: web.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard"),
        lambda: web.answer(own_reference="NH-77", reason="It takes too long"),
        web.send,
    )
    for go in pages:
        await go()
        assert web.page is not None
        seen.append((web.page.path, bool(web.page.soup.select_one("a.exit"))))
    assert all(exits for _, exits in seen), seen
    await web.start("escalate")
    await web.answer(danger="Yes, or I am not sure")
    assert web.page is not None
    assert web.page.soup.select_one("a.exit"), "from the numbers to ring, too"
    assert [a["href"] for a in web.page.soup.select("main .banner a")][:2] == ["tel:999", "tel:01632960001"]


async def test_ones_own_agency_is_answered_with_its_own_procedure_and_nothing_is_lost(sqlite_store: Store) -> None:
    ada = await northmere(sqlite_store)
    shown = await talk(sqlite_store, ada, "escalation", **{**ANSWERS, "other_agency": "northmere-health"})
    assert isinstance(shown, Prompt)
    assert PROCEDURE in shown.errors["other_agency"]
    async with sqlite_store.reading() as uow:
        (kept,) = await uow.conversations.open_of(ada.id)
        assert uow.conversations.snapshot(kept).answers["consulted"] == "yes"
        assert await uow.escalations.everything() == []


async def test_who_moved_to_the_other_agency_since_they_chose_it_is_told_the_same(sqlite_store: Store) -> None:
    ada = await northmere(sqlite_store)
    shown = await talk(sqlite_store, ada, "escalation", **{**ANSWERS, "reason": "About 943 476 5919"})
    assert isinstance(shown, Prompt), "the talk waits for other words"
    async with sqlite_store.transaction() as uow:
        moved = await uow.people.by_email(ada.email)
        assert moved is not None
        moved.agency_id = "northmere-council"
    end = await talk(sqlite_store, moved, "escalation", **ANSWERS)
    assert isinstance(end, Notice)
    assert "own agency" in end.title
    async with sqlite_store.reading() as uow:
        assert await uow.escalations.everything() == []


async def test_where_there_is_no_other_agency_the_numbers_and_the_procedure_are_said(sqlite_store: Store) -> None:
    alone = "\n".join(line for line in WITH_PROCEDURE.splitlines() if "{id: northmere-p" not in line)
    alone = "\n".join(line for line in alone.splitlines() if "id: northmere-council" not in line)
    alone = "\n".join(line for line in alone.splitlines() if "id: hilltop" not in line).split("priorities:")[0]
    async with sqlite_store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=alone)
        ada = await a_person(uow, "Ada", agency_id="northmere-health")
    end = await talk(sqlite_store, ada, "escalation")
    assert isinstance(end, Notice)
    assert "999" in end.lines[0]
    assert PROCEDURE in end.lines[-1]


async def test_a_policy_that_turns_into_a_draft_before_the_end_raises_nothing_and_keeps_the_words(
    sqlite_store: Store,
) -> None:
    ada = await northmere(sqlite_store)
    shown = await talk(sqlite_store, ada, "escalation", **{**ANSWERS, "reason": "About 943 476 5919"})
    assert isinstance(shown, Prompt)
    async with sqlite_store.transaction() as uow:
        draft = NO_APPROVAL.replace("version: 2026-1", "version: 2026-2")
        await uow.partnership.save(draft)
        await uow.partnership.save_policy(
            version="2026-2", document={**(await uow.partnership.policy("2026-1") or {}), "approved_by": None}
        )
    end = await talk(sqlite_store, ada, "escalation", **ANSWERS)
    assert isinstance(end, Notice)
    assert "999" in end.lines[0]
    assert PROCEDURE not in end.title
    async with sqlite_store.reading() as uow:
        assert await uow.escalations.everything() == []
        (kept,) = await uow.conversations.open_of(ada.id)
        assert uow.conversations.snapshot(kept).answers["other_agency"] == "northmere-council"
        assert (await before(uow, person=ada)).why_not, "and the page before the talk says it, too"


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("nobody.we.know@example.org", "does not know whom you named"),
        ("lea@example.org", "does not know whom you named"),
        ("may@example.org", ""),
    ],
    ids=["unknown", "of another agency", "right"],
)
async def test_whom_the_raiser_names_is_told_or_it_is_said_that_others_are(
    sqlite_store: Store, named: str, says: str
) -> None:
    ada = await northmere(sqlite_store)
    said = await receipt(sqlite_store, ada, counterpart=named)
    assert ("whom you named" in said) == bool(says)
    assert says in said
    assert "one person at Northmere Council" in said, "somebody is told at once in any case"
    assert named not in said


async def test_whom_the_raiser_names_and_who_is_away_is_said_to_be(sqlite_store: Store) -> None:
    ada = await northmere(sqlite_store)
    async with sqlite_store.transaction() as uow:
        await a_person(uow, "Ben", agency_id="northmere-council", away_until=date(2026, 12, 1))
    said = await receipt(sqlite_store, ada, counterpart="ben@example.org")
    assert "Whom you named is away, so we are telling somebody else." in said


async def test_where_nobody_of_the_agency_can_be_reached_the_receipt_says_who_has_it(sqlite_store: Store) -> None:
    ada = await northmere(sqlite_store)
    assert "operations team" in await receipt(sqlite_store, ada, other_agency="hilltop-school")
    async with sqlite_store.transaction() as uow:
        may = await uow.people.by_email("may@example.org")
        assert may is not None
        may.left_at = uow.now
    assert "safeguarding mailbox of Northmere Council" in await receipt(sqlite_store, ada)


async def test_when_the_channels_are_down_it_is_raised_at_once_and_says_that_the_alert_waits(
    sqlite_store: Store,
) -> None:
    ada = await northmere(sqlite_store)
    first = await receipt(sqlite_store, ada)
    assert "We are telling one person at Northmere Council now." in first
    assert "Whether the alert has left, and who has it, you see at any time" in first
    for claim in ("was told", "were told", "has been", "alert goes", "reached", "received"):
        assert claim not in first, "in the first minute nobody knows whether a channel takes it"
    async with sqlite_store.transaction() as uow:
        await uow.switches.set(SLACK, json.dumps({"state": "open", "reason": "it does not answer"}))
        await uow.switches.set(MAIL, json.dumps({"state": "closed"}))
    assert "Slack takes no messages just now" in await receipt(sqlite_store, ada)
    async with sqlite_store.transaction() as uow:
        await uow.switches.set(MAIL, json.dumps({"state": "open", "reason": "it does not answer"}))
    said = await receipt(sqlite_store, ada)
    assert "Neither e-mail nor Slack takes messages" in said
    assert "its clock runs" in said
    assert "An alert to one person at Northmere Council waits to leave." in said
    assert "We are telling" not in said
    async with sqlite_store.transaction() as uow:
        await uow.switches.set(SENDING, PAUSED)
    assert "paused all sending" in await receipt(sqlite_store, ada)
    async with sqlite_store.reading() as uow:
        assert len(await uow.escalations.everything()) == 4


async def test_in_practice_it_is_marked_and_nobody_believes_that_an_alert_went_out(
    sqlite_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    store = Store(sqlite_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=False, slack=True))
    try:
        ada = await northmere(store, text=NO_APPROVAL)
        said = await receipt(store, ada)
        assert "Nobody on the other side was told" in said
        assert "01632 960001" in said
        escalation, _ = await the_one(store)
        assert escalation.practice
    finally:
        await store.close()


async def test_a_talk_from_before_the_second_box_can_be_sent(sqlite_store: Store, clock: MovingClock) -> None:
    ada = await northmere(sqlite_store)
    clock.set(datetime(2026, 11, 24, 16, tzinfo=UTC))
    answers = {key: value for key, value in ANSWERS.items() if key not in ("would_help", "consulted_on")}
    end = await talk(sqlite_store, ada, "escalation", **answers)
    assert isinstance(end, Receipt)
    escalation, _ = await the_one(sqlite_store)
    assert escalation.consulted_on is None
    async with sqlite_store.reading() as uow:
        assert [note.kind for note, _ in await uow.escalations.notes(escalation)] == ["own reference", "concern"]


async def test_the_example_of_a_day_that_has_been_is_no_day_to_come(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        talk = OnTheWeb(world, await world.person("Ada", agency_id="northmere-health"))
        await talk.start("escalate")
        await talk.answer(danger="No")
        assert talk.sees("When was that?")
        today = clock()
        assert talk.sees(f"For example, {today.day} {today.month} {today.year}."), "a later one would be refused"
