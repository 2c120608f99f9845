"""The drain: everything that leaves Herald leaves here. Claim, write, hand over, record; mail and Slack side by side.

    drain = Drain(store, DrainSettings(base_url=..., mail=..., state_dir=..., host=...), slack=client)
    await drain.run_once()          # herald tick
    await drain.run_forever(stop)   # a worker

Commit before you send: a claim is committed, with Message-ID and Date, before anything is handed over, and what became
of it is in the journal before it is in the database. So a kill at any moment loses nothing and repeats only what was
under way, as the same message.
"""

import asyncio
import json
import logging
import os
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.rendering.slack_limits import MESSAGES_PER_SECOND
from bot.rules.relay import parse_rate, parse_smtp_url
from bot.settings import MailSettings
from digests.feeder import Claiming, Feeder
from digests.hands import MailHands, SlackHands
from digests.journal import Journal
from digests.letters import Writers
from digests.line import Gate, Hands, Line, Orders
from digests.mail_gate import MailGate
from digests.mailer import MailConnection, Timeouts
from digests.predecessors import take_over
from digests.recorder import Recorder
from digests.slack_door import SlackDoor
from digests.slack_sender import TIMEOUT_S, SlackSender
from handlers import connections
from storage.database import DatabaseBusy
from storage.tables.deliveries import Channel
from storage.unit_of_work import Store

log = logging.getLogger("herald.outbox")
LOOK_S: Final = 0.3
"""How often the switches are read while sending: a pause has to work within a second."""
TAKE_OVER_EVERY_S: Final = 5.0
COUNT_WORKERS_EVERY_S: Final = 15.0
ALIVE: Final = timedelta(seconds=90)
JOURNAL: Final = "journal"
SILENT_S: Final = 60.0
"""A line that has looked at nothing for so long hangs; the longest wait for a lock is 5 s."""
NO_MAIL: Final = MailSettings(smtp_url="")
Helper = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Something that runs beside the sending, until the event is set."""
LIGHTS: Final = {Channel.EMAIL: connections.MAIL, Channel.SLACK: connections.SLACK}
"""Switches that show the state of the relay and of Slack as JSON: state, reason, last_reply, since, retry_at."""


@dataclass(frozen=True, slots=True)
class DrainSettings:
    """What the drain is told. `host` names this machine; `lease` is at most 60 s (settled), shorter only in tests.

    `slack_per_second` is Slack's limit for one channel; tests that are not about it do not wait for it.
    """

    base_url: str
    mail: MailSettings | None
    state_dir: Path
    host: str
    lease: timedelta = timedelta(seconds=60)
    poll_s: float = 1.0
    grace_s: float = 8.0
    slack_hands: int = 3
    slack_timeout_s: float = TIMEOUT_S
    slack_per_second: float = MESSAGES_PER_SECOND
    timeouts: Timeouts | None = None
    tls_context: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Drained:
    """What one run did: how many messages the other side took, and how many are due and still here."""

    sent: int
    left: int


class Drain:
    """Sends what is due. Any number of them may run, in any number of processes, on PostgreSQL on any machine."""

    def __init__(
        self,
        store: Store,
        settings: DrainSettings,
        *,
        slack: AsyncWebClient | None = None,
        writers: Writers | None = None,
        name: str = "",
    ) -> None:
        """`name` is the worker's, unlike any other's there ever was; made up for every run when left out."""
        self._store = store
        self.settings = settings
        self._writers = writers or Writers()
        self._orders = Orders(stop=asyncio.Event())
        self._name = self._given_name = name
        self._mail_gate = None if settings.mail is None else MailGate(parse_rate(settings.mail.rate))
        self._slack_door = SlackDoor()
        self._sender = None
        if slack is not None:
            timeout_s, per_second = settings.slack_timeout_s, settings.slack_per_second
            self._sender = SlackSender(slack, clock=store.clock, timeout_s=timeout_s, per_second=per_second)
        self._shown: dict[str, str] = {}
        self._recorder: Recorder | None = None
        self._lines_open: list[Line] = []

    async def run_once(self) -> Drained:
        """Sends everything that is due now, then returns. Waits for no relay that rests."""
        self._orders = Orders(stop=asyncio.Event(), once=True)
        async with self._open() as (recorder, lines):
            async with _beside(recorder.run, self._look_often(lines), self._renew_often(lines)):
                more = True
                while more:  # a message that one channel refuses is queued again for the other
                    before = sum(line.handled for line in lines)
                    self._store.work_waiting.clear()
                    await asyncio.gather(*(line.run() for line in lines))
                    await recorder.flush()
                    more = sum(line.handled for line in lines) != before or self._store.work_waiting.is_set()
            await self._show_lights()
            async with self._store.reading() as uow:
                return Drained(sent=recorder.sent, left=await uow.deliveries.waiting())

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Sends what falls due until `stop` is set; then lets what is under way end, for at most `grace_s`."""
        self._orders = Orders(stop=stop)
        if self._mail_gate is not None:
            self._mail_gate.evenly = True
        async with self._open() as (recorder, lines):
            helpers = [self._look_often(lines), self._renew_often(lines), self._take_over_often, self._store.listen]
            async with _beside(recorder.run, self._wake(lines), *helpers):
                await asyncio.gather(*(line.run() for line in lines), stop.wait())
            await recorder.flush()

    def problem(self) -> str:
        """What is wrong just now, in words for the operations team; empty when nothing is."""
        found = []
        if self._mail_gate is not None and self._mail_gate.trying:
            breaker = self._mail_gate.breaker
            found.append(f"Mail rests: {breaker.reason} ({breaker.last_reply}).")
        if self._slack_door.problem:
            found.append(self._slack_door.problem)
        if self._recorder is not None and self._recorder.problem:
            found.append(f"Sending: {self._recorder.problem}.")
        for line in self._lines_open:
            if line.silent_s() > SILENT_S:
                found.append(f"Sending by {line.channel.value} has not gone round for {round(line.silent_s())} s.")
        return " ".join(found)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[tuple[Recorder, list[Line]]]:
        try:
            await self._take_over()
        except DatabaseBusy:  # somebody holds these rows; whoever runs on looks again every few seconds
            log.warning("what a dead worker left is taken over a little later: the database is busy")
        # A name of its own for every run: claims carry it, and the journal's lock tells whether it still lives.
        self._name = self._given_name or own_name(self.settings.host)
        journal = Journal(self.settings.state_dir / JOURNAL, self._name)
        recorder = self._recorder = Recorder(self._store, journal)
        try:
            if self._mail_gate is not None:
                await self._mail_gate.fill(self._store)
            lines = self._lines_open = self._lines(recorder)
            await self._look(lines)
            yield recorder, lines
        finally:
            self._lines_open = []
            journal.close()

    def _lines(self, recorder: Recorder) -> list[Line]:
        lines = []
        settings = self.settings
        if settings.mail is not None and self._mail_gate is not None:
            mail, gate = settings.mail, self._mail_gate
            hands = [self._mail_hands(mail, gate, recorder) for _ in range(mail.connections)]
            lines.append(self._line(Channel.EMAIL, hands, gate, recorder))
        if self._sender is not None:
            posting = [
                SlackHands(
                    self._sender,
                    store=self._store,
                    recorder=recorder,
                    writers=self._writers,
                    door=self._slack_door,
                    mail=settings.mail,
                )
                for _ in range(settings.slack_hands)
            ]
            lines.append(self._line(Channel.SLACK, posting, self._slack_door, recorder))
        return lines

    def _line(self, channel: Channel, hands: Sequence[Hands], gate: Gate, recorder: Recorder) -> Line:
        settings = self.settings
        claiming = Claiming(self._name, settings.lease, settings.base_url, settings.mail or NO_MAIL, self._writers)
        return Line(
            self._store,
            channel=channel,
            feeder=Feeder(self._store, channel=channel, claiming=claiming),
            hands=hands,
            gate=gate,
            recorder=recorder,
            orders=self._orders,
            poll_s=settings.poll_s,
            grace_s=settings.grace_s,
        )

    def _mail_hands(self, mail: MailSettings, gate: MailGate, recorder: Recorder) -> MailHands:
        connection = MailConnection(
            parse_smtp_url(mail.smtp_url),
            local_hostname=mail.domain,
            timeouts=self.settings.timeouts,
            tls_context=self.settings.tls_context,
        )
        return MailHands(connection, gate=gate, recorder=recorder, writers=self._writers, clock=self._store.clock)

    def _look_often(self, lines: list[Line]) -> Helper:
        async def look(done: asyncio.Event) -> None:
            count_at = 0.0
            while not await _over(done, LOOK_S):
                with _trouble_logged("the switches cannot be read"):
                    await self._look(lines)
                    await self._show_lights()
                    now = asyncio.get_running_loop().time()
                    if now >= count_at and self._mail_gate is not None:
                        count_at = now + COUNT_WORKERS_EVERY_S
                        await self._mail_gate.share(self._store, workers=await self._workers())

        return look

    async def _look(self, lines: list[Line]) -> None:
        async with self._store.reading() as uow:
            paused = await uow.switches.sending_paused()
            subjects = await uow.switches.paused_subjects()
            asked = await uow.switches.value(connections.TRY_MAIL_NOW)
        if self._mail_gate is not None:
            self._mail_gate.asked(asked or "", self._store.clock())
        orders = self._orders
        changed = (paused, subjects) != (orders.paused, orders.paused_subjects)
        orders.paused, orders.paused_subjects = paused, subjects
        if changed:
            for line in lines:
                line.wake_up()

    async def _workers(self) -> int:
        async with self._store.reading() as uow:
            return sum(uow.now - beat.at < ALIVE for beat in await uow.switches.beats())

    def _renew_often(self, lines: list[Line]) -> Helper:
        async def renew(done: asyncio.Event) -> None:
            while not await _over(done, self.settings.lease.total_seconds() / 3):
                with _trouble_logged("claims cannot be renewed"):
                    for line in lines:
                        await line.renew(lease=self.settings.lease)

        return renew

    def _wake(self, lines: list[Line]) -> Helper:
        async def wake(done: asyncio.Event) -> None:
            ending = asyncio.create_task(done.wait())
            while not done.is_set():
                waiting = asyncio.create_task(self._store.work_waiting.wait())
                await asyncio.wait([waiting, ending], return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                self._store.work_waiting.clear()
                for line in lines:
                    line.wake_up()

        return wake

    async def _take_over_often(self, done: asyncio.Event) -> None:
        while not await _over(done, TAKE_OVER_EVERY_S):
            with _trouble_logged("what a dead worker left cannot be taken over"):
                await self._take_over()

    async def _take_over(self) -> None:
        can_mail = self.settings.mail is not None
        await take_over(self._store, self.settings.state_dir / JOURNAL, can_mail=can_mail)

    async def _show_lights(self) -> None:
        shown = {LIGHTS[Channel.SLACK]: json.dumps(self._slack_door.light())} if self._sender is not None else {}
        if self._mail_gate is not None:
            shown[LIGHTS[Channel.EMAIL]] = json.dumps(self._mail_gate.light())
        if shown == self._shown:
            return
        async with self._store.transaction() as uow:
            for name, light in shown.items():
                await uow.switches.set(name, light)
        self._shown = shown


def own_name(host: str) -> str:
    """A name that no other worker has or had: containers share host names, and numbers of processes come again."""
    return f"{host[:80]}-{os.getpid()}-{secrets.token_hex(4)}"


@contextmanager
def _trouble_logged(what: str) -> Iterator[None]:
    """A helper that stumbles says so and goes on: it must not take the sending down with it."""
    try:
        yield
    except Exception:
        log.exception(what)


async def _over(done: asyncio.Event, seconds: float) -> bool:
    """Waits; True as soon as it is over."""
    try:
        async with asyncio.timeout(seconds):
            await done.wait()
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def _beside(*helpers: Helper) -> AsyncIterator[None]:
    """Runs helpers for as long as the block lasts. They are told to end rather than cut off: a transaction that is cut
    off in the middle would keep its lock."""
    done = asyncio.Event()
    tasks = [asyncio.create_task(helper(done)) for helper in helpers]
    try:
        yield
    finally:
        done.set()
        await asyncio.gather(*tasks, return_exceptions=True)
