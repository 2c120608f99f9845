"""Eight at once on PostgreSQL: whatever two requests or two workers may do in the same instant happens once, without error.

SQLite has one writer, so only PostgreSQL can show a look that is followed by a write.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import func, select, text

from bot.conversation.prompt import Notice, Receipt
from bot.files.people import parse_people
from bot.keyring import Keyring
from bot.links import Purpose
from handlers.acts import Press
from handlers.bookings.booking import book
from handlers.bouncing import Returned, came_back
from handlers.bulletins.drafting import draft
from handlers.files import apply_file
from handlers.people import import_people
from handlers.preferences import Chosen, leave, save_preferences
from handlers.registry import ACTS
from handlers.surveys.opening import invite, open_survey
from storage.deliveries import Message, SendingPolicy
from storage.signin import SignInRefused
from storage.tables.base import Table
from storage.tables.bulletins import Bulletin
from storage.tables.deadlines import Deadline, Nudge
from storage.tables.deliveries import Channel, Delivery, DeliveryState
from storage.tables.escalations import Escalation
from storage.tables.mail import BounceScore
from storage.tables.people import Person, SeriesSubscription, StrangerRequest, SuppressedAddress
from storage.tables.pledges import Pledge
from storage.tables.surveys import Survey, SurveyInvitation, SurveyResponse
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.factories import PARTNERSHIP, a_person
from tests.talking import talk

MANY = 8
SESSION = """herald_briefings: 1
briefings:
  - {id: signs, title: Signs of Safety, kind: briefing, starts: 2026-12-09T12:30, ends: 2026-12-09T13:30, place: Online, capacity: 3}
"""
DEADLINE = """herald_deadlines: 1
deadlines:
  - {id: s11, kind: custom, title: Section 11 return, owner: ada@example.org, due: 2027-02-26, every: 1y}
"""
SURVEY = """herald_survey: 1
id: views
version: 1
title: Views
purpose: To learn what helps.
owner: coordinator
audience: {everyone: true}
schedule: {closes: 2026-12-08T17:00}
privacy:
  mode: named
  retention_days: {replies: 365, invitations: 30, drafts: 14}
pages:
  - id: p1
    questions:
      - {id: join, type: yes_no, text: "Would you like an evening session?"}
end: {text: Thank you.}
loop: {owner: coordinator, due_days: 28}
"""
EDITION = """---
herald_bulletin: 1
id: december
series: main
title: December
audience: {series: main}
author: ada@example.org
---
# News

Ring first.
"""
REGISTER = "email,name,series\nada@example.org,Ada,main\nnew@example.org,New,main\n"
Act = Callable[[UnitOfWork, Person], Awaitable[object]]


@pytest.fixture
async def several(postgres_url: str, clock: MovingClock, keyring: Keyring) -> AsyncIterator[Store]:
    """Northmere with Ada on PostgreSQL."""
    store = Store(postgres_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=True, slack=False))
    async with store.transaction() as uow:
        await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
        await a_person(uow, "Ada", agency_id="northmere-health", roles=["coordinator", "admin"])
        await apply_file(uow, name="briefings.yaml", text=SESSION)
        await apply_file(uow, name="deadlines.yaml", text=DEADLINE)
    yield store
    await store.close()


async def eight_times(store: Store, act: Act) -> list[object]:
    """Does it in eight transactions that have all begun before the first of them goes on."""
    gate = asyncio.Barrier(MANY)

    async def one() -> object:
        async with store.transaction() as uow:
            await uow.session.execute(text("SELECT 1"))
            await gate.wait()
            ada = await uow.people.by_email("ada@example.org")
            assert ada is not None
            return await act(uow, ada)

    return await asyncio.gather(*(one() for _ in range(MANY)))


async def settle(uow: UnitOfWork, ada: Person) -> None:
    (step,) = await uow.deadlines.steps("s11")
    await uow.deadlines.settle(
        step_id=step.id, rungs=["30 days", "14 days"], person_id=ada.id, planned_for=date(2026, 12, 1), outcome="sent"
    )


async def import_register(uow: UnitOfWork, _ada: Person) -> None:
    await import_people(uow, rows=parse_people(REGISTER).rows)


async def apply(uow: UnitOfWork, ada: Person, text: str, name: str) -> object:
    return await apply_file(uow, name=name, text=text, by=ada)


@dataclass(frozen=True)
class Once:
    """Something that eight do at once, and what there is afterwards, counted in a table."""

    act: Act
    table: type[Table]
    rows: int = 1
    before: Act | None = None


async def subscribe(uow: UnitOfWork, ada: Person) -> None:
    await uow.people.subscribe(person_id=ada.id, series_id="main")


async def unlist(uow: UnitOfWork, ada: Person) -> None:
    await uow.people.unlist(person_id=ada.id, series_id="main")


async def suppress(uow: UnitOfWork, _ada: Person) -> None:
    await uow.addresses.suppress(address_mac="a" * 64, reason="550")


async def choose(uow: UnitOfWork, ada: Person) -> None:
    await save_preferences(uow, person_id=ada.id, chosen=Chosen("email", nudges=True, series=frozenset({"main"})))


async def open_views(uow: UnitOfWork, _ada: Person) -> None:
    await open_survey(uow, survey_id="views")


ONCE = {
    "subscribing": Once(subscribe, SeriesSubscription),
    "leaving a series": Once(lambda uow, ada: leave(uow, person_id=ada.id, what="series:main"), SeriesSubscription),
    "coming back": Once(
        subscribe, SeriesSubscription, before=lambda uow, ada: leave(uow, person_id=ada.id, what="series:main")
    ),
    "being taken off a list": Once(unlist, SeriesSubscription, rows=0, before=subscribe),
    "choosing": Once(choose, SeriesSubscription),
    "a refused address": Once(suppress, SuppressedAddress),
    "a stranger": Once(
        lambda uow, _: uow.people.stranger_asks(email="zoe@example.org", slack_id="U1"), StrangerRequest
    ),
    "rungs of a ladder": Once(settle, Nudge, rows=2),
    "a message": Once(lambda uow, ada: uow.deliveries.tell(ada, Message("hello", "once")), Delivery),
    "a survey file": Once(lambda uow, ada: apply(uow, ada, SURVEY, "survey.yaml"), Survey),
    "opening a survey": Once(
        open_views, SurveyInvitation, before=lambda uow, ada: apply(uow, ada, SURVEY, "survey.yaml")
    ),
    "a bulletin file": Once(lambda uow, ada: apply(uow, ada, EDITION, "december.md"), Bulletin),
    "a deadlines file": Once(
        lambda uow, ada: apply(uow, ada, DEADLINE.replace("s11", "s12"), "deadlines.yaml"), Deadline, rows=2
    ),
    "the partnership file": Once(
        lambda uow, ada: apply(uow, ada, PARTNERSHIP.replace("hilltop", "valley"), "partnership.yaml"), Person
    ),
    "the first evaluation of all": Once(
        lambda uow, ada: invite(uow, survey_id="briefing-feedback", people=[ada], about="signs"), SurveyInvitation
    ),
    "a draft each": Once(
        lambda uow, ada: draft(uow, title="December", series_id="main", send_at="", by=ada), Bulletin, rows=MANY
    ),
    "people.csv": Once(import_register, Person, rows=2),
}


@pytest.mark.parametrize("what", ONCE)
async def test_what_eight_do_at_once_is_there_once(several: Store, what: str) -> None:
    once = ONCE[what]
    if once.before is not None:
        async with several.transaction() as uow:
            ada = await uow.people.by_email("ada@example.org")
            assert ada is not None
            await once.before(uow, ada)
    await eight_times(several, once.act)
    async with several.reading() as uow:
        assert (await uow.session.execute(select(func.count()).select_from(once.table))).scalar_one() == once.rows
        assert all(row.left_at is None for row in await uow.people.subscriptions()) or what == "leaving a series"


async def test_the_very_first_partnership_file_may_come_eight_times(
    postgres_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    store = Store(postgres_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=True, slack=False))

    async def first() -> list[str]:
        async with store.transaction() as uow:
            return [one.outcome for one in await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)]

    outcomes = await asyncio.gather(*(first() for _ in range(MANY)))
    assert sum("created" in each for each in outcomes) == 1
    await store.close()


async def test_a_sign_in_link_opens_one_session(several: Store) -> None:
    async with several.transaction() as uow:
        ada = await uow.people.by_email("ada@example.org")
        assert ada is not None
        token = uow.signins.new_link(person_id=ada.id, browser=None)
    used = await eight_times(several, lambda uow, _: uow.signins.use_link(token, browser=None))
    assert sum(not isinstance(each, SignInRefused) for each in used) == 1


async def test_one_person_has_one_seat_however_often_they_press(several: Store) -> None:
    said = await eight_times(several, lambda uow, ada: book(uow, person=ada, briefing_id="signs"))
    assert all(isinstance(each, Receipt) for each in said)
    async with several.reading() as uow:
        [(booking, _)] = await uow.briefings.bookings("signs")
        briefing = await uow.briefings.get("signs")
        assert briefing is not None
        assert (booking.state, briefing.booked) == ("confirmed", 1)


@pytest.mark.parametrize(
    ("flow", "subject", "answers", "table"),
    [
        ("pledge", "", {"pick": "ring_first", "visibility": "private"}, Pledge),
        ("survey", "views", {"join": "yes"}, SurveyResponse),
        (
            "escalation",
            "",
            {
                "danger": "no",
                "consulted": "yes",
                "other_agency": "northmere-council",
                "kind": "delay",
                "urgency": "standard",
                "own_reference": "NH-77",
                "reason": "The plan was closed too early",
            },
            Escalation,
        ),
    ],
)
async def test_a_talk_that_is_begun_and_sent_eight_times_is_one_record(
    several: Store, flow: str, subject: str, answers: dict[str, str], table: type[Table]
) -> None:
    async with several.transaction() as uow:
        ada = await uow.people.by_email("ada@example.org")
        assert ada is not None
        await apply_file(uow, name="survey.yaml", text=SURVEY)
        await open_survey(uow, survey_id="views")
    begun = asyncio.Barrier(MANY)

    async def one() -> object:
        await begun.wait()
        return await talk(several, ada, flow, subject=subject, **answers)  # type: ignore[arg-type]  # raw answers

    ends = await asyncio.gather(*(one() for _ in range(MANY)))
    assert any(isinstance(end, Receipt) for end in ends)
    async with several.reading() as uow:
        number = (await uow.session.execute(select(func.count()).select_from(table))).scalar_one()
        receipts = {end.reference for end in ends if isinstance(end, Receipt)}
        assert number == len(receipts)


async def test_an_alert_is_taken_on_once_whoever_presses(several: Store, clock: MovingClock) -> None:
    async with several.transaction() as uow:
        may = await a_person(uow, "May", agency_id="northmere-council", roles=["manager"])
        ada = await uow.people.by_email("ada@example.org")
        assert ada is not None
    await talk(
        several,
        ada,
        "escalation",
        danger="no",
        consulted="yes",
        other_agency="northmere-council",
        kind="delay",
        urgency="standard",
        own_reference="NH-77",
        reason="The plan was closed too early",
    )
    clock.move(minutes=1)
    alert = ACTS[Purpose.ALERT]
    said = await eight_times(
        several, lambda uow, _: alert.act(uow, Press(may, "E-2026-0001/1", "acknowledge", "a press of May's"))
    )
    assert all(isinstance(each, Notice | Receipt) for each in said) or said
    async with several.reading() as uow:
        escalation = await uow.escalations.by_reference("E-2026-0001")
        assert escalation is not None
        taken = [d for d in await uow.deliveries.about("E-2026-0001") if d.kind == "escalation.acknowledged"]
        assert escalation.state == "acknowledged"
        assert len({d.channel for d in taken}) == len(taken)


async def bounced(several: Store, status: str) -> None:
    """Two messages to Ada come back in the same instant, each as four reports."""
    async with several.transaction() as uow:
        ada = await uow.people.by_email("ada@example.org")
        assert ada is not None
        ids = []
        for number in (1, 2):
            about = f"hello:{uow.now.isoformat()}:{number}"
            await uow.deliveries.tell(ada, Message("hello", about, about=about), channels=(Channel.EMAIL,))
            [row] = await uow.deliveries.about(about)
            row.state, row.sent_at = DeliveryState.SENT, uow.now
            ids.append(row.id)
    turns = itertools.cycle(ids)
    returned = Returned(status, permanent=True, named=frozenset({"ada@example.org"}))

    async def comes_back(uow: UnitOfWork, _ada: Person) -> None:
        delivery = await uow.deliveries.get(next(turns))
        assert delivery is not None
        await came_back(uow, delivery=delivery, returned=returned)

    await eight_times(several, comes_back)


async def held_against(several: Store) -> tuple[list[float], list[str], int]:
    """The scores, the reasons for which addresses are not written to, and how often that was noted."""
    async with several.reading() as uow:
        scores = list((await uow.session.execute(select(BounceScore.score))).scalars())
        reasons = list((await uow.session.execute(select(SuppressedAddress.reason))).scalars())
        noted = [each for each in await uow.audit.latest(limit=50) if each.action == "address.suppressed"]
        return scores, reasons, len(noted)


async def test_bounces_at_once_score_once_a_day_and_no_point_is_lost(several: Store, clock: MovingClock) -> None:
    await bounced(several, "5.2.1")
    assert await held_against(several) == ([1.0], [], 0), "many on one day count once"
    clock.move(days=1)
    await bounced(several, "5.2.2")
    assert await held_against(several) == ([1.5], [], 0), (
        "to what stood there before one is added, neither eight nor none"
    )
    clock.move(days=1)
    await bounced(several, "5.2.1")
    assert await held_against(several) == ([2.5], [], 0)
    clock.move(days=1)
    await bounced(several, "5.2.1")
    assert await held_against(several) == ([], ["worn-out 5.2.1"], 1), "what comes back after that says nothing new"


async def test_an_address_that_is_gone_eight_times_at_once_is_noted_once(several: Store) -> None:
    await bounced(several, "5.1.1")
    assert await held_against(several) == ([], ["bounced 5.1.1"], 1)


async def test_the_audit_log_is_sealed_by_many_and_stays_one_chain(several: Store) -> None:
    async with several.transaction() as uow:
        for number in range(40):
            uow.audit.add("person.changed", thing=f"person:{number}")
    await eight_times(several, lambda uow, _: uow.audit.seal(limit=10))
    async with several.transaction() as uow:
        await uow.audit.seal()
        verified = await uow.audit.verify()
    assert (verified.first_bad, verified.unsealed) == (None, 0)
