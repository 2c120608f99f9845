"""Whether Slack is worth asking: shut by a refused token, or resting because it does not answer.

While it is shut or rests, nothing is asked of it, so a Slack that fails meets no tight loop, and a message that hangs
holds up no alert behind it. After a rest of 30 s one message goes ahead to see; rests double up to 15 minutes.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from digests.slack_sender import Later, Resting, ShutOut, SlackOutcome, Unclear, Unreachable

NOTHING: Final = timedelta(0)
FAILURES: Final = 2
"""So many in a row, over all messages, mean that it is Slack and not the message."""
FIRST_REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(minutes=15)
PROBE_PATIENCE: Final = timedelta(seconds=20)  # longer than a call may take


class SlackDoor:
    """One for each process; asked and told without waiting, so no two tasks pass as one."""

    def __init__(self) -> None:
        self._state: Literal["well", "resting", "probing"] = "well"
        self._reason = ""
        self._refused = False
        self._failures = 0
        self._until = datetime.min.replace(tzinfo=UTC)
        self._rest = FIRST_REST

    @property
    def trying(self) -> bool:
        """Never: what cannot go to Slack has to be claimed all the same, to go by e-mail."""
        return False

    @property
    def at_once(self) -> None:
        """No limit: Slack's is for each channel, and each message here goes to a channel of its own."""
        return None

    @property
    def problem(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        if self._state == "well":
            return ""
        if self._refused:
            return f"Slack refuses Herald ({self._reason}); messages go by e-mail meanwhile."
        return f"Slack does not answer ({self._reason}); alerts go by e-mail meanwhile, other messages a little later."

    def rest(self, _now: datetime) -> timedelta:
        """None, for the same reason."""
        return NOTHING

    def instead(self, now: datetime) -> Resting | None:
        """What became of a message without asking Slack; None when it shall be asked."""
        if self._state == "well":
            return None
        if now >= self._until:
            self._state, self._until = "probing", now + PROBE_PATIENCE
            return None
        return Resting(self._reason, (self._until - now).total_seconds(), self._refused)

    def after(self, outcome: SlackOutcome, now: datetime) -> None:
        """What Slack said, or did not."""
        match outcome:
            case ShutOut(reason):
                self._close(reason, now, refused=True)
            case Unreachable(reason) | Unclear(reason) | Later(reason, None):
                self._failures, self._reason = self._failures + 1, reason
                if self._failures >= FAILURES or self._state == "probing":
                    self._close(reason, now, refused=False)
            case _:  # an answer, whatever it says
                self._state, self._failures, self._reason = "well", 0, ""

    def light(self) -> dict[str, str]:
        """The state of Slack as it may be shown, in the words of a breaker; the first failure already dims it."""
        if self._state == "well":
            return {"state": "half-open" if self._failures else "closed", "reason": self._reason}
        return {"state": "open", "reason": self._reason, "retry_at": self._until.isoformat()}

    def _close(self, reason: str, now: datetime, *, refused: bool) -> None:
        self._reason, self._refused = reason, refused
        if self._state == "resting":
            return  # it was under way when Slack failed; the rest goes on
        self._rest = FIRST_REST if self._state == "well" else min(self._rest * 2, LONGEST_REST)
        self._state, self._until = "resting", now + self._rest
