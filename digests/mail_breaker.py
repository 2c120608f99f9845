"""The breaker of one relay: when it fails us again and again we stop asking, then try with one message, then go on.

A pure state machine: time comes in as `now` (aware UTC), every step gives a new value, and the value can be kept, shown
and restored. Rule: reference/email-delivery.md section 4.8.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Temporary, Uncertain

CONNECTION_FAILURES: Final = 5
LOOKED_AT: Final = 50  # messages
TOO_MANY_DEFERRED: Final = 0.2
FIRST_REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(minutes=15)
PROBE_PATIENCE: Final = timedelta(minutes=12)  # longer than the longest wait for a final reply
_ALL: Final = (1 << LOOKED_AT) - 1


@dataclass(frozen=True, slots=True)
class Breaker:
    """`closed` sends, `open` rests until `retry_at`, `half-open` has one message under way to see."""

    state: Literal["closed", "open", "half-open"] = "closed"
    reason: str = ""
    last_reply: str = ""
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    rest: timedelta = FIRST_REST
    failures: int = 0
    seen: int = 0
    deferred: int = 0  # one bit for each of the last 50 messages: was it put off?

    def wait(self, now: datetime) -> timedelta:
        """How long nobody may send; zero means: ask `admitted` and send."""
        if self.state == "closed" or self.retry_at is None:
            return timedelta(0)
        return max(self.retry_at - now, timedelta(0))

    def admitted(self, now: datetime) -> "Breaker | None":
        """The breaker with one message let through, or None. After a rest exactly one is let through to see."""
        if self.state == "closed":
            return self
        if self.wait(now):
            return None
        return replace(self, state="half-open", retry_at=now + PROBE_PATIENCE)

    def hurried(self, now: datetime) -> "Breaker":
        """The breaker when a person does not want to wait: the rest ends now, and one message is let through to see."""
        return replace(self, retry_at=now) if self.state == "open" else self

    def after(self, outcome: Outcome, now: datetime) -> "Breaker":
        """The breaker after a message came to this end. `Refused` is the relay working well."""
        if self is _WELL and isinstance(outcome, Accepted):  # nearly always
            return self
        match outcome:
            case RelayRefuses(code, text):
                return self._opened(now, "the relay refuses us", f"{code} {text}")
            case RelayDown(reason) | Uncertain(reason):
                failures = self.failures + 1
                if self.state != "closed" or failures >= CONNECTION_FAILURES:
                    return self._opened(now, "the relay cannot be reached", reason)
                return replace(self, failures=failures, last_reply=reason)
            case Temporary(retry="relay") if self.state == "half-open":
                return self._opened(now, self.reason, f"{outcome.code} {outcome.text}")
        if self.state == "open":
            return self  # a message that was under way when it opened; the rest goes on
        if self.state == "half-open":
            return Breaker(last_reply=f"{outcome.code} {outcome.text}")
        return self._counted(now, outcome)

    def _counted(self, now: datetime, outcome: Accepted | Refused | Temporary) -> "Breaker":
        put_off = isinstance(outcome, Temporary)
        if not put_off and self == _WELL:
            return _WELL
        seen, deferred = min(self.seen + 1, LOOKED_AT), (self.deferred << 1 | put_off) & _ALL
        reply = f"{outcome.code} {outcome.text}" if put_off else self.last_reply
        if seen == LOOKED_AT and deferred.bit_count() > TOO_MANY_DEFERRED * LOOKED_AT:
            return self._opened(now, "the relay puts off too many messages", reply)
        return replace(self, failures=0, seen=seen, deferred=deferred, last_reply=reply)

    def _opened(self, now: datetime, reason: str, reply: str) -> "Breaker":
        if self.state == "open":  # others under way fail too: that does not make the rest longer
            return replace(self, last_reply=reply)
        rest = min(self.rest * 2, LONGEST_REST) if self.state == "half-open" else FIRST_REST
        opened_at = self.opened_at if self.state == "half-open" else now
        return Breaker("open", reason, reply, opened_at=opened_at, retry_at=now + rest, rest=rest)


_WELL: Final = Breaker(seen=LOOKED_AT)
"""A relay that took the last fifty messages: one more changes nothing."""
