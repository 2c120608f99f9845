"""The gate before one relay: its breaker and its rate together, asked before every message.

Several workers share a relay, so each takes its share of every window; after a restart the bucket is filled from what
the database says has left.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.rules.relay import RateWindow
from bot.rules.sending_pace import share_of
from digests.mail_breaker import Breaker
from digests.mail_rate import NOW, RateBucket
from digests.mail_rate import Lane as RateLane
from digests.mail_replies import Outcome, Temporary
from storage.tables.deliveries import Lane
from storage.unit_of_work import Store

SOMEBODY_ELSE_TRIES: Final = timedelta(seconds=1)


class MailGate:
    """One for each process. Everything is asked and told without waiting, so no two tasks pass as one.

    `evenly`: editions are spaced over the minute, as somebody does who stays; a single run uses what is free and goes.
    """

    def __init__(self, windows: tuple[RateWindow, ...]) -> None:
        self._windows = windows
        self._share = 1
        self._bucket = RateBucket(windows)
        self._asked: str | None = None
        self.breaker = Breaker()
        self.evenly = False

    async def fill(self, store: Store, *, workers: int = 1) -> None:
        """Takes this process's share of the rate, with everything counted that left lately."""
        self._share = max(1, workers)
        if not self._windows:
            return
        shares = tuple(share_of(window, workers=self._share) for window in self._windows)
        longest = max(window.period for window in shares)
        async with store.reading() as uow:
            most = max(window.messages for window in shares)
            sent_at = await uow.deliveries.lately_sent(since=uow.now - longest, limit=most)
        self._bucket = RateBucket.restored(shares, sent_at)

    async def share(self, store: Store, *, workers: int) -> None:
        """Adjusts the share when workers have come or gone."""
        if self._windows and max(1, workers) != self._share:
            await self.fill(store, workers=workers)

    def rest(self, now: datetime) -> timedelta:
        """How long nothing should even be claimed, because the relay rests."""
        return self.breaker.wait(now)

    @property
    def trying(self) -> bool:
        """Whether one message is wanted, to see whether the relay is well again."""
        return self.breaker.state != "closed"

    @property
    def careful(self) -> bool:
        """Whether messages are counted one by one: the relay has limits, or has to show that it is well again."""
        return bool(self._windows) or self.trying

    @property
    def at_once(self) -> int | None:
        """How many its tightest window lets through at once, this process's share of it; None without a limit."""
        if not self._windows:
            return None
        return min(share_of(window, workers=self._share).messages for window in self._windows)

    def pass_through(self, now: datetime, lane: Lane) -> timedelta:
        """Zero: send one message now, and tell `after`. Otherwise how long to wait before asking again."""
        if not self.careful:
            return NOW
        kind = self._kind(lane)
        wait = max(self.breaker.wait(now), self._bucket.wait(now, kind))
        if wait:
            return wait
        admitted = self.breaker.admitted(now)
        if admitted is None:
            return SOMEBODY_ELSE_TRIES
        self.breaker = admitted
        self._bucket.take(now, kind)
        return NOW

    def _kind(self, lane: Lane) -> RateLane:
        if lane is Lane.BULLETIN and self.evenly:
            return "edition"
        return "alert" if lane is Lane.ALERT else "ordinary"

    def after(self, outcome: Outcome, now: datetime) -> None:
        """What became of the message."""
        self.breaker = self.breaker.after(outcome, now)
        if isinstance(outcome, Temporary) and outcome.retry == "relay":
            self._bucket.slow_down(now)

    def asked(self, request: str, now: datetime) -> None:
        """Somebody pressed "try now": the relay's rest ends. `request` is told again and again, and acts once."""
        if self._asked is not None and request != self._asked:
            self.breaker = self.breaker.hurried(now)
        self._asked = request

    def light(self) -> dict[str, str]:
        """The state of the relay as it may be shown: no address, no name of a message."""
        breaker = self.breaker
        shown = {"state": breaker.state, "reason": breaker.reason, "last_reply": breaker.last_reply}
        if breaker.state != "closed":
            shown |= {"since": _text(breaker.opened_at), "retry_at": _text(breaker.retry_at)}
        return shown


def _text(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()
