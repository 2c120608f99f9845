"""How long Herald keeps what: one visible table of (record, keep for, then), carried out by a sweep.

The answers of surveys go by their own files (`retention_days`), which the surveys' sweep carries out. The audit log is
kept whole: it holds ids, states and counts, and its chain would break. People who left are erased by the use case for
that (`handlers.people_care.erase_person`), after LEAVERS_KEPT.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, inspect, or_, select, tuple_, update

from bot.rules.booking_states import CAME_TO_NOTHING, BookingState
from bot.rules.bounce_score import STALE_AFTER
from bot.rules.opinions import OPEN_FOR
from storage.deadlines import ACTIVE
from storage.mail import BOUNCED
from storage.tables.base import Table
from storage.tables.briefings import Booking, Briefing
from storage.tables.bulletins import Bulletin, StoryOpinionGiven
from storage.tables.conversations import Conversation, InboundReceipt
from storage.tables.deadlines import DeadlineStep, Nudge
from storage.tables.deliveries import Delivery, DeliveryAttempt, DeliveryState, WorkerBeat
from storage.tables.escalations import Escalation, EscalationLearning, EscalationNote
from storage.tables.mail import BounceScore, InboundMail
from storage.tables.people import Person, SigninLink, StrangerRequest, WebSession
from storage.tables.pledges import Pledge
from storage.unit_of_work import UnitOfWork

A_YEAR_AND_A_MONTH: Final = timedelta(days=396)
"""Long enough for an annual report that is written a month after its year."""
LEAVERS_KEPT: Final = A_YEAR_AND_A_MONTH
AT_ONCE: Final = 500

Condition = Callable[[datetime], ColumnElement[bool]]
"""Which rows are past their time, given the instant before which everything is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `then` says in words what happens; `why` is for the privacy notice."""

    record: str
    keep: timedelta
    then: str
    why: str
    table: type[Table]
    past: Condition
    wiped: tuple[tuple[str, Any], ...] = ()


def _done(state: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = state.not_in((DeliveryState.QUEUED, DeliveryState.CLAIMED))
    return found


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        record="keys of things that came in twice",
        keep=timedelta(days=30),
        then="deleted",
        why="nothing is sent again after so long",
        table=InboundReceipt,
        past=lambda before: InboundReceipt.received_at < before,
    ),
    Rule(
        record="conversations that were left, stopped or lost their subject, with their answers",
        keep=timedelta(days=30),
        then="deleted",
        why="somebody may want to begin again where they stopped",
        table=Conversation,
        past=lambda before: and_(
            Conversation.status.in_(("expired", "cancelled", "orphaned")), Conversation.updated_at < before
        ),
    ),
    Rule(
        record="finished conversations (their answers were let go when they ended)",
        keep=A_YEAR_AND_A_MONTH,
        then="deleted",
        why="the same reference is shown again to somebody who sends twice",
        table=Conversation,
        past=lambda before: and_(Conversation.status == "finished", Conversation.updated_at < before),
    ),
    Rule(
        record="single attempts to hand a message over",
        keep=timedelta(days=90),
        then="deleted",
        why="to find out why a message did not arrive",
        table=DeliveryAttempt,
        past=lambda before: DeliveryAttempt.at < before,
    ),
    Rule(
        record="messages that were sent or given up: who was told what, when",
        keep=A_YEAR_AND_A_MONTH,
        then="deleted",
        why="the annual report counts them",
        table=Delivery,
        past=lambda before: and_(_done(Delivery.state), func.coalesce(Delivery.sent_at, Delivery.due_at) < before),
    ),
    Rule(
        record="what was done with mail that came in (no text, no address)",
        keep=timedelta(days=90),
        then="deleted",
        why="to find out why a reply was not read",
        table=InboundMail,
        past=lambda before: and_(InboundMail.at < before, InboundMail.outcome != BOUNCED),
    ),
    Rule(
        record="that a message of ours came back, and its code (no text, no address)",
        keep=A_YEAR_AND_A_MONTH,
        then="deleted",
        why="as long as it is kept whom a bulletin was sent to, it can be said who did not get it, and why",
        table=InboundMail,
        past=lambda before: and_(InboundMail.at < before, InboundMail.outcome == BOUNCED),
    ),
    Rule(
        record="how often messages to an address came back (a fingerprint of the address)",
        keep=STALE_AFTER,
        then="deleted",
        why="a bounce that old says nothing about an address any more",
        table=BounceScore,
        past=lambda before: BounceScore.bounced_on < before.date(),
    ),
    Rule(
        record="sign-in links",
        keep=timedelta(days=1),
        then="deleted",
        why="they work for ten minutes",
        table=SigninLink,
        past=lambda before: SigninLink.expires_at < before,
    ),
    Rule(
        record="web sessions",
        keep=timedelta(days=30),
        then="deleted",
        why="to answer who was signed in when something happened",
        table=WebSession,
        past=lambda before: WebSession.seen_at < before,
    ),
    Rule(
        record="requests of strangers to be let in",
        keep=timedelta(days=90),
        then="deleted",
        why="so that somebody who was refused is not asked about every week",
        table=StrangerRequest,
        past=lambda before: or_(StrangerRequest.settled_at < before, StrangerRequest.asked_at < before),
    ),
    Rule(
        record="the words of a closed escalation",
        keep=timedelta(days=365),
        then="deleted; stages, times and outcome stay",
        why="the agencies keep the case file, the partnership only learns from the figures",
        table=EscalationNote,
        past=lambda before: EscalationNote.escalation_id.in_(
            select(Escalation.id).where(Escalation.closed_at < before)
        ),
    ),
    Rule(
        record="what was learned from an escalation, in words",
        keep=timedelta(days=2 * 365),
        then="the words go; the theme stays",
        why="the partnership looks back on a year of learning in the year after it; themes are counted for longer",
        table=EscalationLearning,
        past=lambda before: and_(EscalationLearning.written_at < before, EscalationLearning.sealed.is_not(None)),
        wiped=(("sealed", None),),
    ),
    Rule(
        record="the words of a closed pledge",
        keep=timedelta(days=2 * 365),
        then="the words go; whether it was kept stays",
        why="check-ins go on for a year, and the year after that is reported on",
        table=Pledge,
        past=lambda before: and_(Pledge.closed_on < before.date(), Pledge.text != ""),
        wiped=(("text", ""), ("plan_with", None), ("barrier_expected", None)),
    ),
    Rule(
        record="that a reader has said what they think of a story (a keyed fingerprint, never what they said)",
        keep=OPEN_FOR + timedelta(days=1),
        then="deleted; how many found a story useful stays",
        why="so that everybody is counted once; after that nobody can say anything about the edition any more",
        table=StoryOpinionGiven,
        past=lambda before: StoryOpinionGiven.bulletin_id.in_(select(Bulletin.id).where(Bulletin.began_at < before)),
    ),
    Rule(
        record="bookings of past sessions that led to no seat: given back, refused, or waiting to the end",
        keep=A_YEAR_AND_A_MONTH,
        then="deleted; who had a seat, and whether they came, stays",
        why="a report on the year's sessions may count them; after that only who came matters",
        table=Booking,
        past=lambda before: and_(
            Booking.state.in_((*CAME_TO_NOTHING, BookingState.WAITLISTED)),
            Booking.briefing_id.in_(select(Briefing.id).where(Briefing.ends_at < before)),
        ),
    ),
    Rule(
        record="who was reminded of a step of a deadline that is over, and when",
        keep=A_YEAR_AND_A_MONTH,
        then="deleted; the deadline stays, with whose it was and when it was done",
        why="as long as the messages themselves",
        table=Nudge,
        past=lambda before: and_(
            Nudge.settled_at < before,
            Nudge.step_id.in_(select(DeadlineStep.id).where(DeadlineStep.state != ACTIVE)),
        ),
    ),
    Rule(
        record="beats of workers that are no more",
        keep=timedelta(days=7),
        then="deleted",
        why="health checks look at the last minutes only",
        table=WorkerBeat,
        past=lambda before: WorkerBeat.at < before,
    ),
)


def schedule() -> tuple[tuple[str, timedelta, str, str], ...]:
    """The whole table as the privacy notice and the documentation show it: what, for how long, then, why."""
    why = "the annual report counts what they did; after that nothing needs their name"
    return (
        *((rule.record, rule.keep, rule.then, rule.why) for rule in RULES),
        ("people who have left", LEAVERS_KEPT, "erased, with what names them", why),
    )


async def carry_out(uow: UnitOfWork, rule: Rule, *, limit: int = AT_ONCE) -> int:
    """Does what one rule says to at most so many rows. Returns how many; call again until it is 0."""
    keys = list(inspect(rule.table).primary_key)
    key = keys[0] if len(keys) == 1 else tuple_(*keys)
    past = select(*keys).where(rule.past(uow.now - rule.keep)).limit(limit)
    statement: Any = delete(rule.table) if not rule.wiped else update(rule.table).values(dict(rule.wiped))
    done = await uow.session.execute(
        statement.where(key.in_(past)).returning(keys[0]).execution_options(synchronize_session=False)
    )
    return len(done.all())


async def long_gone(uow: UnitOfWork, *, limit: int = 50) -> list[Person]:
    """People who left so long ago that they are to be erased."""
    query = select(Person).where(Person.left_at < uow.now - LEAVERS_KEPT).order_by(Person.left_at).limit(limit)
    return list((await uow.session.execute(query)).scalars())


async def expire_talks(uow: UnitOfWork, *, limit: int = AT_ONCE) -> int:
    """Closes talks that were left open for too long. Their answers are kept until the rule above takes them."""
    late = (
        select(Conversation.id)
        .where(Conversation.status == "open", Conversation.expires_at <= uow.now)
        .order_by(Conversation.expires_at)
        .limit(limit)
    )
    closed = await uow.session.execute(
        update(Conversation)
        .where(Conversation.id.in_(late), Conversation.status == "open")
        .values(status="expired", revision=Conversation.revision + 1, updated_at=uow.now)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return len(closed.all())
