"""The unit of work: one transaction, with everything that Herald remembers reachable by subject.

    async with store.transaction() as uow:
        person = await uow.people.by_email("ada@example.org")
        await uow.deliveries.tell(person, Message(...))

Leaving the block commits; any exception rolls back. `uow.now` is the instant of the transaction (law 9).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.keyring import Keyring
from storage.addresses import Addresses
from storage.as_sent import EditionsAsSent
from storage.audit import Audit
from storage.briefings import Briefings
from storage.bulletins import Bulletins
from storage.conversations import Conversations
from storage.database import INTAKE_WAIT_MS, WORK_WAIT_MS, Engines, busy_or
from storage.deadlines import Deadlines
from storage.deliveries import Deliveries, SendingPolicy
from storage.escalations import Escalations
from storage.group_commit import GroupCommit
from storage.mail import InboundMails
from storage.opinions import Opinions
from storage.partnership import PartnershipStore
from storage.people import People
from storage.pledges import Pledges
from storage.signin import SignIns
from storage.survey_retention import SurveyRetention
from storage.surveys import Surveys
from storage.switches import Switches
from storage.wake import listen
from storage.working_texts import WorkingTexts


@dataclass(frozen=True, slots=True)
class UnitContext:
    """What a unit of work needs besides its session."""

    now: datetime
    keyring: Keyring
    sending: SendingPolicy


class UnitOfWork:
    """Everything Herald remembers, within one transaction."""

    def __init__(self, session: AsyncSession, context: UnitContext) -> None:
        self.session = session
        self.now = context.now
        self.keyring = context.keyring
        self.sending = context.sending

    @cached_property
    def partnership(self) -> PartnershipStore:
        """The partnership file, its agencies and escalation policies."""
        return PartnershipStore(self.session, now=self.now)

    @cached_property
    def people(self) -> People:
        """The register."""
        return People(self.session, now=self.now)

    @cached_property
    def signins(self) -> SignIns:
        """Sign-in links and web sessions."""
        return SignIns(self.session, now=self.now, keyring=self.keyring)

    @cached_property
    def conversations(self) -> Conversations:
        """Talks, receipts of inbound things, reference numbers and counters."""
        return Conversations(self.session, now=self.now, keyring=self.keyring)

    @cached_property
    def deliveries(self) -> Deliveries:
        """The outbox."""
        return Deliveries(self.session, now=self.now, sending=self.sending)

    @cached_property
    def mail(self) -> InboundMails:
        """Mail that came in."""
        return InboundMails(self.session, now=self.now)

    @cached_property
    def addresses(self) -> Addresses:
        """E-mail addresses that bounce, and those that nothing is sent to."""
        return Addresses(self.session, now=self.now)

    @cached_property
    def audit(self) -> Audit:
        """The audit log."""
        return Audit(self.session, now=self.now, keyring=self.keyring)

    @cached_property
    def switches(self) -> Switches:
        """Settings that the operations team changes while Herald runs, and the workers' beats."""
        return Switches(self.session, now=self.now)

    @cached_property
    def surveys(self) -> Surveys:
        """Surveys, invitations, responses."""
        return Surveys(self.session, now=self.now, keyring=self.keyring)

    @cached_property
    def survey_retention(self) -> SurveyRetention:
        """Deleting what surveys no longer need."""
        return SurveyRetention(self.session, self.surveys, keyring=self.keyring)

    @cached_property
    def pledges(self) -> Pledges:
        """Pledges and check-ins."""
        return Pledges(self.session, now=self.now)

    @cached_property
    def escalations(self) -> Escalations:
        """Escalations, their steps, contacts and sealed notes."""
        return Escalations(self.session, now=self.now, keyring=self.keyring)

    @cached_property
    def briefings(self) -> Briefings:
        """Briefings, bookings, registers."""
        return Briefings(self.session, now=self.now)

    @cached_property
    def bulletins(self) -> Bulletins:
        """Bulletins and their images."""
        return Bulletins(self.session, now=self.now)

    @cached_property
    def as_sent(self) -> EditionsAsSent:
        """Editions as they went out."""
        return EditionsAsSent(self.session, now=self.now)

    @cached_property
    def opinions(self) -> Opinions:
        """What readers think of stories."""
        return Opinions(self.session, keyring=self.keyring)

    @cached_property
    def working_texts(self) -> WorkingTexts:
        """Texts of editions that are not right yet, and those that were approved last."""
        return WorkingTexts(self.session, now=self.now)

    @cached_property
    def deadlines(self) -> Deadlines:
        """Deadlines, steps, nudges."""
        return Deadlines(self.session, now=self.now)

    @contextlib.asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A savepoint: what happens inside is undone alone when it fails."""
        async with self.session.begin_nested():
            yield


Made = TypeVar("Made")
Work = Callable[[UnitOfWork], Awaitable[Made]]


class Store:
    """The door to the database for handlers and digests."""

    def __init__(
        self, database_url: str, *, clock: Clock, keyring: Keyring, sending: SendingPolicy, durable: bool = True
    ) -> None:
        self.engines = Engines(database_url, durable=durable)
        self.clock = clock
        self.keyring = keyring
        self.sending = sending
        self.work_waiting = asyncio.Event()
        self._groups = GroupCommit(self.engines.shared)

    @contextlib.asynccontextmanager
    async def transaction(self, *, intake: bool = False) -> AsyncIterator[UnitOfWork]:
        """A unit of work that writes. `intake` waits less long for the lock, because a person is waiting.

        Raises DatabaseBusy.
        """
        async with self.engines.writing(wait_ms=INTAKE_WAIT_MS if intake else WORK_WAIT_MS) as session:
            uow = UnitOfWork(session, self._context())
            yield uow
        if uow.deliveries.queued_any:
            self.work_waiting.set()

    async def together(self, work: Work[Made]) -> Made:
        """Intake that may share its commit with what comes in at the same time: `work` in a unit of work of its own.

        It comes back when the commit is on disk. What `work` raises undoes it alone. Raises DatabaseBusy.
        """

        async def unit(session: AsyncSession) -> tuple[Made, bool]:
            uow = UnitOfWork(session, self._context())
            return await work(uow), uow.deliveries.queued_any

        try:
            if self.engines.sqlite:
                made, queued = await self._groups.together(unit)
            else:
                async with self.engines.intake() as alone:
                    made, queued = await unit(alone)
        except DBAPIError as problem:  # a lock that only this member met: the others' work is stored
            raise busy_or(problem) from problem
        if queued:
            self.work_waiting.set()
        return made

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work that only looks."""
        async with self.engines.reading() as session:
            yield UnitOfWork(session, self._context())

    async def listen(self, done: asyncio.Event) -> None:
        """Sets `work_waiting` when another process queues a message, until `done` (PostgreSQL; else does nothing)."""
        await listen(self.engines, self.work_waiting, done=done)

    async def close(self) -> None:
        """Closes every connection."""
        await self._groups.finished()
        await self.engines.dispose()

    def _context(self) -> UnitContext:
        return UnitContext(self.clock(), self.keyring, self.sending)
