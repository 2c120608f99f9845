"""The hands of the drain: each takes one delivery, writes it, hands it over and says what became of it."""

import logging
from collections import deque
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.clock import Clock
from bot.rendering.mime import Pieces, UnsafeHeader, UnsendableLetter, wire_bytes
from bot.settings import MailSettings
from digests.bulk import BulkMail
from digests.checks import unwanted
from digests.compose import SlackMessage, compose_mail, compose_note, compose_slack
from digests.jobs import Job
from digests.letters import Writers
from digests.mail_gate import MailGate
from digests.mail_replies import Outcome, RelayDown
from digests.mailer import Envelope, MailConnection
from digests.recorder import UNDER_WAY, Recorder, as_journalled
from digests.slack_door import SlackDoor
from digests.slack_sender import Posted, SlackSender, Unclear
from digests.verdicts import Verdict, held_verdict, mail_verdict, slack_verdict, unwritable_verdict
from storage.tables.deliveries import Lane
from storage.unit_of_work import Store

log = logging.getLogger("herald.outbox")
AHEAD: Final = 2
"""Letters of an edition that a hand has written: the one that is announced already, and the one behind it, which is
written while the relay works on the message that has just left. Written before it leaves, the relay waits for us."""


class MayGo(Protocol):
    """Whether a delivery may still be handed over, and how long to wait where the gate says so."""

    def may_go(self, job: Job) -> bool:
        """False when sending is paused or stopping, or the claim has run out."""

    def ahead(self) -> Job | None:
        """A further delivery for this hand, to be begun while the last one is not answered yet."""

    def presses(self, job: Job) -> bool:
        """Whether something more urgent than this delivery waits for a hand."""

    async def patience(self, job: Job, wait: timedelta) -> bool:
        """Waits a little; False when the delivery shall be given back instead."""


class MailHands:
    """Hands e-mails to the relay over one connection of its own.

    `interrupted` is what became of the last delivery when `offer` ended by an exception after it had begun.
    """

    def __init__(
        self,
        connection: MailConnection,
        *,
        gate: MailGate,
        recorder: Recorder,
        writers: Writers,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._gate = gate
        self._recorder = recorder
        self._writers = writers
        self._clock = clock
        self._ahead: deque[tuple[Job, BulkMail | Verdict]] = deque()
        self._announced = False
        self.interrupted: Verdict | None = None

    def promised(self, line: MayGo) -> Job | None:
        """The delivery that was written ahead of time and comes next, unless something more urgent can go before it."""
        if not self._ahead:
            return None
        job = self._ahead[0][0]
        return job if self._announced or not line.presses(job) else None

    def let_go(self) -> list[Job]:
        """Gives up what was written ahead of time; nothing of it has left."""
        jobs = [job for job, _ in self._ahead]
        self._ahead.clear()
        return jobs

    async def offer(self, job: Job, line: MayGo) -> Verdict | None:
        """What became of the delivery; None when it was not tried and goes back."""
        self.interrupted = None
        self._announced = False
        written = self._ahead.popleft()[1] if self._ahead and self._ahead[0][0] is job else self._letter(job)
        if isinstance(written, Verdict):
            return written
        while line.may_go(job):
            wait = self._gate.pass_through(self._clock(), job.lane)
            if not wait:
                return await self._send(job, written, line)
            if not await line.patience(job, wait):
                break
        self._connection.forget()
        return None

    async def close(self) -> None:
        """Says goodbye to the relay."""
        await self._connection.close()

    async def _send(self, job: Job, written: BulkMail, line: MayGo) -> Verdict:
        self._recorder.begin(job.row, job.lease.token, self._clock())
        try:
            outcome = await self._connection.send(
                written.envelope_from,
                job.to.address,
                written.wire,
                following=lambda: self._look_ahead(job, line),
                meanwhile=(lambda: self._write_ahead(line)) if self._may_look_ahead(job) else None,
            )
        except BaseException:  # stopped, or a mistake of ours: how far had it come?
            way = self._connection.body_on_its_way
            self.interrupted = self._ended(job, UNDER_WAY if way else RelayDown("stopped before it was handed over"))
            raise
        return self._ended(job, outcome)

    def _look_ahead(self, now: Job, line: MayGo) -> Envelope | None:
        """Whose message this hand sends next, if one waits."""
        if not self._may_look_ahead(now):
            return None
        if not self._ahead:
            self._write_ahead(line)
        if not self._ahead or line.presses(self._ahead[0][0]):
            return None
        job, written = self._ahead[0]
        if not isinstance(written, BulkMail):
            return None
        self._announced = True
        return Envelope(written.envelope_from, job.to.address)

    def _may_look_ahead(self, now: Job) -> bool:
        """Whether the relay is known to be well and without limits.

        Only behind a message of an edition: the hand that is kept for alerts stays free for the next one.
        """
        return not self._gate.careful and now.lane is Lane.BULLETIN

    def _write_ahead(self, line: MayGo) -> None:
        while len(self._ahead) < AHEAD and (job := line.ahead()) is not None:
            self._ahead.append((job, self._letter(job)))

    def _ended(self, job: Job, outcome: Outcome) -> Verdict:
        now, token = self._clock(), job.lease.token
        self._gate.after(outcome, now)
        self._recorder.end(job.row, token, outcome, now)
        return mail_verdict(job.row, token, outcome, now=now)

    def _letter(self, job: Job) -> BulkMail | Verdict:
        try:
            return self._written(job)
        except Exception as problem:
            return _unwritable(job, problem, now=self._clock())

    def _written(self, job: Job) -> BulkMail | Verdict:
        bulk = self._writers.letters.get(job.row.kind)
        if bulk is not None:
            return bulk.mail(job.row, job.to, desk=job.desk, stamp=job.stamp)
        note = compose_note(job.row.kind, job.row.facts, writing=job.desk.writing, kinds=self._writers.kinds)
        held = unwanted(note, job.person)
        if held is not None:
            return held_verdict(job.row, job.lease.token, held, now=self._clock())
        mail = compose_mail(note, to=job.to, desk=job.desk, stamp=job.stamp)
        return BulkMail(Pieces((wire_bytes(mail.letter),)), mail.envelope_from)


class SlackHands:
    """Hands messages to Slack. While Slack refuses us or does not answer, it is not asked about each message anew."""

    def __init__(
        self,
        sender: SlackSender,
        *,
        store: Store,
        recorder: Recorder,
        writers: Writers,
        door: SlackDoor,
        mail: MailSettings | None,
    ) -> None:
        self._sender = sender
        self._store = store
        self._recorder = recorder
        self._writers = writers
        self._door = door
        self._can_mail = mail is not None
        self.interrupted: Verdict | None = None

    def promised(self, line: MayGo) -> Job | None:  # noqa: ARG002 - as every hand is asked
        """None: Slack has no use for looking ahead."""
        return None

    def let_go(self) -> list[Job]:
        """Nothing, for the same reason."""
        return []

    async def offer(self, job: Job, line: MayGo) -> Verdict | None:
        """What became of the delivery; None when it was not tried and goes back."""
        self.interrupted = None
        try:
            written = self._written(job)
            rewrite = await self._earlier(job)
        except Exception as problem:
            return _unwritable(job, problem, now=self._store.clock())
        if isinstance(written, Verdict):
            return written
        if not line.may_go(job) or job.to.slack_id is None:
            return None
        row, token, now = job.row, job.lease.token, self._store.clock()
        instead = self._door.instead(now)
        if instead is not None:
            return slack_verdict(row, token, instead, now=now, can_mail=self._can_mail)
        self._recorder.begin(row, token, now)
        unclear = Unclear("stopped while it was being handed over")
        self.interrupted = slack_verdict(row, token, unclear, now=now, can_mail=self._can_mail)
        outcome = await self._sender.send(
            job.to.slack_id, written, rewrite=rewrite, reference=(row.message_id or "").strip("<>")
        )
        now = self._store.clock()
        self._door.after(outcome, now)
        if isinstance(outcome, Posted):
            self._recorder.end(row, token, as_journalled(outcome.name), now)
        return slack_verdict(row, token, outcome, now=now, can_mail=self._can_mail)

    async def close(self) -> None:
        """Nothing stays open."""

    async def _earlier(self, job: Job) -> str | None:
        if job.row.replaces is None or job.to.person_id is None:
            return None
        async with self._store.reading() as uow:
            return await uow.deliveries.taken_as(job.row.replaces, person_id=job.to.person_id)

    def _written(self, job: Job) -> SlackMessage | Verdict:
        bulk = self._writers.letters.get(job.row.kind)
        if bulk is not None:
            return bulk.slack(job.row, job.to, desk=job.desk)
        note = compose_note(job.row.kind, job.row.facts, writing=job.desk.writing, kinds=self._writers.kinds)
        held = unwanted(note, job.person)
        if held is not None:
            return held_verdict(job.row, job.lease.token, held, now=self._store.clock())
        return compose_slack(note, to=job.to, desk=job.desk)


def _unwritable(job: Job, problem: Exception, *, now: datetime) -> Verdict:
    for_good = isinstance(problem, UnsafeHeader | UnsendableLetter)
    log.error("delivery %s of kind %s cannot be written", job.row.id, job.row.kind, exc_info=problem)
    reason = f"cannot be written: {type(problem).__name__}"
    return unwritable_verdict(job.row, job.lease.token, reason, now=now, for_good=for_good)
