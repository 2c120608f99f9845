"""Finding people in Slack, and every line of the table of retention."""

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, select

from bot.demo.slack import RateLimited, StandIn
from digests.housekeeping import SWEEPS, slack_lookup
from storage.mail import BOUNCED
from storage.retention import RULES, carry_out
from storage.tables.base import Table
from storage.tables.briefings import Booking, Briefing
from storage.tables.bulletins import Bulletin, StoryOpinionGiven
from storage.tables.conversations import Conversation, InboundReceipt
from storage.tables.deadlines import Deadline, DeadlineStep, Nudge
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState, WorkerBeat
from storage.tables.escalations import Escalation, EscalationLearning, EscalationNote
from storage.tables.mail import BounceScore, InboundMail
from storage.tables.people import SigninLink, StrangerRequest, WebSession
from storage.tables.pledges import Pledge
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.digests.conftest import House
from tests.factories import a_person


async def test_people_are_found_in_slack_by_their_address_and_strangers_are_not_asked_about_again(
    house: House, slack: StandIn
) -> None:
    ada, zoe = await house.person("Ada"), await house.person("Zoe")
    [sweep] = slack_lookup(AsyncWebClient(slack.bot_token, base_url=slack.api_url))
    assert await sweep.run(house.store) == 2
    assert await sweep.run(house.store) == 0
    async with house.store.reading() as uow:
        found = await uow.people.by_ids([ada.id, zoe.id])
        assert (found[ada.id].slack_id, found[zoe.id].slack_id) == ("U0ADA", None)
    house.clock.move(days=8)
    assert await sweep.run(house.store) == 1


async def test_a_rate_limit_ends_the_round_and_loses_nobody(house: House, slack: StandIn) -> None:
    await house.person("Ada")
    slack.workspace.faults.order("users.lookupByEmail", RateLimited(30))
    [sweep] = slack_lookup(AsyncWebClient(slack.bot_token, base_url=slack.api_url))
    assert await sweep.run(house.store) == 0
    assert await sweep.run(house.store) == 1


async def test_without_slack_nobody_is_looked_up() -> None:
    assert slack_lookup(None) == ()


async def test_sealing_does_everything_and_then_rests(store: Store) -> None:
    seal = next(sweep for sweep in SWEEPS if sweep.name == "audit.seal")
    async with store.transaction() as uow:
        for _ in range(3):
            uow.audit.add("person.changed", thing="person:1")
    assert await seal.run(store) == 3
    assert await seal.run(store) == 0
    async with store.reading() as uow:
        checked = await uow.audit.verify()
    assert (checked.sealed, checked.unsealed, checked.first_bad) == (3, 0, None)


@pytest.mark.parametrize("rule", RULES, ids=[rule.record[:40] for rule in RULES])
async def test_every_rule_takes_what_is_past_its_time_and_nothing_else(
    store: Store, clock: MovingClock, rule: object
) -> None:
    rule = next(each for each in RULES if each is rule)
    began = clock.now
    async with store.transaction() as uow:
        await _one_of_each(uow)
    before = await _count(store, rule.table)
    clock.set(began + rule.keep)
    async with store.transaction() as uow:
        assert await carry_out(uow, rule) == 0
    clock.move(days=1, seconds=1)
    async with store.transaction() as uow:
        assert await carry_out(uow, rule) == 1
        assert await carry_out(uow, rule) == 0
    assert await _count(store, rule.table) == before - (0 if rule.wiped else 1)


async def _count(store: Store, table: type[Table]) -> int:
    async with store.reading() as uow:
        return (await uow.session.execute(select(func.count()).select_from(table))).scalar_one()


async def _one_of_each(uow: UnitOfWork) -> None:
    """A record for every rule that is just beginning to age, and live ones beside them that no rule may touch."""
    ada = await a_person(uow, "Ada")
    now = uow.now
    add = uow.session.add
    add(InboundReceipt(source="web", key="k", received_at=now))
    for status in ("expired", "finished", "open"):
        add(
            Conversation(
                id=status,
                person_id=ada.id,
                flow="pledge",
                version=1,
                step="s",
                answers="sealed",
                surface="web",
                status=status,
                started_at=now,
                updated_at=now,
                expires_at=now + timedelta(days=3650),
            )
        )
    for key, state in (("done", DeliveryState.SENT), ("waits", DeliveryState.QUEUED)):
        add(
            Delivery(
                ledger_key=key,
                lane="prompt",
                kind="hello",
                channel="email",
                person_id=ada.id,
                state=state,
                due_at=now,
                sent_at=now if state is DeliveryState.SENT else None,
                created_at=now,
            )
        )
    await uow.session.flush()
    waits = (await uow.session.execute(select(Delivery.id).where(Delivery.ledger_key == "waits"))).scalar_one()
    add(DeliveryAttempt(delivery_id=waits, at=now, outcome="deferred"))
    add(InboundMail(at=now, delivery_id=waits, purpose="reply", outcome="taken"))
    add(InboundMail(at=now, delivery_id=waits, purpose="bounce", outcome=BOUNCED))
    add(BounceScore(address_mac="d", score=1.0, bounced_on=now.date()))
    for edition, began in (("sent", now), ("being-written", None)):
        add(_an_edition(edition, began_at=began))
        await uow.session.flush()
        add(StoryOpinionGiven(reader_mac=edition, bulletin_id=edition))
    add(SigninLink(token_mac="a", person_id=ada.id, created_at=now, expires_at=now))
    add(WebSession(token_mac="b", person_id=ada.id, signed_in=True, created_at=now, seen_at=now))
    add(StrangerRequest(email="z@example.org", asked_at=now))
    for reference, closed in (("E-1", now), ("E-2", None)):
        escalation = Escalation(
            reference=reference,
            raising_agency="a",
            other_agency="b",
            kind="k",
            urgency="normal",
            policy_version="1",
            state="closed",
            stage="s",
            raised_at=now,
            state_since=now,
            closed_at=closed,
        )
        add(escalation)
        await uow.session.flush()
        add(EscalationNote(escalation_id=escalation.id, kind="concern", sealed="sealed", written_at=now))
        words = "sealed" if closed else None  # of the other one the note is still owed
        add(EscalationLearning(escalation_id=escalation.id, theme="plan", sealed=words, written_at=closed))
    for reference, closed_on in (("P-1", now.date()), ("P-2", None)):
        add(
            Pledge(
                reference=reference,
                person_id=ada.id,
                text="I will ask earlier.",
                made_on=now.date(),
                made_at=now,
                closed_on=closed_on,
            )
        )
    add(WorkerBeat(worker="w", at=now))
    for session, ends in (("over", now), ("to-come", now + timedelta(days=3650))):
        add(_a_session(session, ends=ends))
    for n, (session, ended) in enumerate((("over", "waitlisted"), ("over", "attended"), ("to-come", "cancelled"))):
        person = await a_person(uow, f"Guest{n}")
        kept = {"reference": f"B-{n}", "calendar_uid": f"{n}", "requested_at": now, "changed_at": now}
        add(Booking(briefing_id=session, person_id=person.id, state=ended, **kept))
    owned = {"owner_id": ada.id, "title": "Return", "kind": "custom", "content_hash": "", "created_at": now}
    add(Deadline(id="s11", **owned))
    await uow.session.flush()
    for key, done in (("done", now), ("active", None)):
        dates = {"due_on": now.date(), "due_before": now, "done_at": done}
        step = DeadlineStep(deadline_id="s11", key=key, label=key, state=key, statutory=False, owner_id=ada.id, **dates)
        add(step)
        await uow.session.flush()
        sent = {"planned_for": now.date(), "settled_at": now, "outcome": "sent"}
        add(Nudge(step_id=step.id, rung="T-7", person_id=ada.id, **sent))
    await uow.session.flush()


def _a_session(briefing_id: str, *, ends: datetime) -> Briefing:
    times = {
        "starts_at": ends,
        "ends_at": ends,
        "booking_opens_at": ends,
        "booking_closes_at": ends,
        "applied_at": ends,
    }
    words = {"title": "Levels of need", "kind": "briefing", "place": "Online", "evaluation": "none", "content_hash": ""}
    return Briefing(id=briefing_id, capacity=20, **words, **times)


def _an_edition(bulletin_id: str, *, began_at: datetime | None) -> Bulletin:
    changed_at = began_at or datetime(2026, 1, 1, tzinfo=UTC)
    return Bulletin(
        id=bulletin_id,
        series_id="main",
        title="December",
        source="",
        content_hash="",
        audience={},
        author="",
        began_at=began_at,
        changed_at=changed_at,
    )
