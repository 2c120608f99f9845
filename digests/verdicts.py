"""What an outcome means for its outbox row: sent, again later, failed, in doubt, or over to another channel. Pure.

Rules: reference/email-delivery.md section 4.7, booking-escalation-deadlines.md 2.4 (delivery contract), settled.md
("Uncertain mail").
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from digests.bulk import Held
from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Temporary, Uncertain, next_try
from digests.slack_sender import Later, Posted, Resting, ShutOut, SlackOutcome, Unclear, Unreachable, Unwanted
from storage.claims import RESENDS, Claimed, comes_again
from storage.results import Recorded
from storage.tables.deliveries import Channel, DeliveryState, Lane

ALERT_WAITS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""Alerts are tried at 0, 1, 5, 15, 60 minutes and then hourly, until somebody acknowledges or a later state replaces
them."""
SLACK_TRIES: Final = 3
"""Tries after which any other message goes by e-mail instead: at 0, 1 and 6 minutes."""
SLACK_WAIT: Final = timedelta(minutes=6)
"""The same in time, for those that Slack was not asked about because it rests."""
SOON: Final = timedelta(seconds=1)
REFUSED: Final = "refused"
"""The outcome of an attempt that the other side refused for good."""


class Verdict(NamedTuple):
    """What to write down, and what follows from it.

    `suppress`: the address does not exist. `switch_to`: this channel will not take it, the other one shall.
    `stop_about`: every other copy would be refused too, so sending about this subject is to stop.
    """

    recorded: Recorded
    suppress: bool = False
    switch_to: Channel | None = None
    stop_about: str = ""

    @property
    def refused(self) -> bool:
        """Whether the other side refused it for good."""
        return self.recorded.outcome == REFUSED

    @property
    def sent(self) -> bool:
        """Whether the other side has it."""
        return self.recorded.state is DeliveryState.SENT


def mail_verdict(row: Claimed, lease: str, outcome: Outcome, *, now: datetime) -> Verdict:
    """What a relay's answer means for this row."""
    if isinstance(outcome, Accepted):
        return Verdict(Recorded(row.id, lease, "accepted", DeliveryState.SENT, now, f"{outcome.code} {outcome.text}"))
    draft = Recorded(row.id, lease, "", DeliveryState.QUEUED, now)
    match outcome:
        case Temporary(code, text):
            return _again(row, draft, "deferred", f"{code} {text}", now=now)
        case Refused(code, text, suppress, message_at_fault):
            reply = f"{code} {text}"
            if _is_alert(row) and not suppress:
                return _again(row, draft, REFUSED, reply, now=now, switch_to=Channel.SLACK)
            return Verdict(
                _end(draft, REFUSED, DeliveryState.FAILED, reply),
                suppress=suppress,
                switch_to=None if message_at_fault else _other(row),
                stop_about=row.about if message_at_fault and row.lane == Lane.BULLETIN else "",
            )
        case RelayDown(reason):
            return Verdict(_free(draft, "relay-down", reason, now=now))
        case Uncertain(reason):
            return _in_doubt(row, draft, reason, now=now)
        case RelayRefuses(code, text, message_named):
            if message_named:
                return _again(row, draft, "relay-refuses", f"{code} {text}", now=now)
            return Verdict(_free(draft, "relay-refuses", f"{code} {text}", now=now))


def slack_verdict(row: Claimed, lease: str, outcome: SlackOutcome, *, now: datetime, can_mail: bool) -> Verdict:
    """What Slack's answer means for this row; `can_mail` says whether there is a relay to fall back on."""
    draft = Recorded(row.id, lease, "", DeliveryState.QUEUED, now)
    match outcome:
        case Posted(name):
            return Verdict(_end(draft, "accepted", DeliveryState.SENT, "", accepted_as=name))
        case Later(reason, wait_s) if wait_s is not None:
            return Verdict(_free(draft, "deferred", reason, now=now, wait=timedelta(seconds=wait_s)))
        case Later(reason) | Unreachable(reason):
            if can_mail and not _is_alert(row) and row.attempts >= SLACK_TRIES:
                return Verdict(_end(draft, "given-up", DeliveryState.FAILED, reason), switch_to=Channel.EMAIL)
            return _again(row, draft, "deferred", reason, now=now)
        case Unclear(reason):
            found = _in_doubt(row, draft, reason, now=now)
            rests = found.recorded.state is DeliveryState.UNCERTAIN
            return Verdict(found.recorded, switch_to=Channel.EMAIL if rests and can_mail else None)
        case ShutOut(reason):
            if _is_alert(row) or not can_mail:
                return _again(row, draft, "shut-out", reason, now=now, switch_to=Channel.EMAIL)
            return Verdict(_end(draft, "shut-out", DeliveryState.FAILED, reason), switch_to=Channel.EMAIL)
        case Resting(reason, wait_s, refused):
            return _resting(row, draft, reason, now=now, wait_s=wait_s, at_once=refused, can_mail=can_mail)
        case Unwanted(reason):
            return Verdict(
                _end(draft, REFUSED, DeliveryState.FAILED, reason), switch_to=Channel.EMAIL if can_mail else None
            )


def _resting(
    row: Claimed, draft: Recorded, reason: str, *, now: datetime, wait_s: float, at_once: bool, can_mail: bool
) -> Verdict:
    """Waiting costs no try, so that an alert is there as soon as Slack is; anything else goes by e-mail in time."""
    waited = now - (row.message_date or now)
    by_mail = Channel.EMAIL if can_mail and (at_once or (waited >= SLACK_WAIT and not _is_alert(row))) else None
    if by_mail is not None and not _is_alert(row):
        return Verdict(_end(draft, "given-up", DeliveryState.FAILED, reason), switch_to=by_mail)
    return Verdict(_free(draft, "resting", reason, now=now, wait=timedelta(seconds=wait_s)), switch_to=by_mail)


def held_verdict(row: Claimed, lease: str, held: Held, *, now: datetime) -> Verdict:
    """A row that was claimed and must not go (now)."""
    retry_at = (held.retry_at or now + SOON) if held.state is DeliveryState.QUEUED else None
    draft = Recorded(row.id, lease, "held", held.state, now)
    return Verdict(draft._replace(reply=held.reason, retry_at=retry_at, free=True), switch_to=held.switch_to)


def unwritable_verdict(row: Claimed, lease: str, reason: str, *, now: datetime, for_good: bool) -> Verdict:
    """A row whose words could not be made: a mistake of ours, tried again in case it is mended, or `for_good`."""
    draft = Recorded(row.id, lease, "", DeliveryState.QUEUED, now)
    if for_good:
        return Verdict(_end(draft, "unwritable", DeliveryState.FAILED, reason))
    return _again(row, draft, "unwritable", reason, now=now)


def _again(
    row: Claimed,
    draft: Recorded,
    outcome: str,
    reply: str,
    *,
    now: datetime,
    switch_to: Channel | None = None,
) -> Verdict:
    tries = max(1, row.attempts)
    if _is_alert(row):
        due: datetime | None = now + ALERT_WAITS[min(tries, len(ALERT_WAITS)) - 1]
        if row.not_after is not None and due is not None and due > row.not_after:
            due = None
    else:
        due = next_try(failures=tries, first_tried=row.message_date or now, now=now, not_after=row.not_after)
    if due is None:
        return Verdict(_end(draft, "given-up", DeliveryState.FAILED, reply), switch_to=switch_to)
    return Verdict(_end(draft, outcome, DeliveryState.QUEUED, reply, retry_at=due), switch_to=switch_to)


def _in_doubt(row: Claimed, draft: Recorded, reason: str, *, now: datetime) -> Verdict:
    if not comes_again(row.doubts):
        return Verdict(_end(draft, "uncertain", DeliveryState.UNCERTAIN, reason, doubt=True))
    due = now + ALERT_WAITS[min(row.doubts % (RESENDS + 1), 1)]
    return Verdict(_end(draft, "uncertain", DeliveryState.QUEUED, reason, retry_at=due, doubt=True))


def _other(row: Claimed) -> Channel | None:
    return None if row.lane == Lane.BULLETIN else Channel.SLACK


def _is_alert(row: Claimed) -> bool:
    return row.lane == Lane.ALERT


def _free(draft: Recorded, outcome: str, reply: str, *, now: datetime, wait: timedelta = SOON) -> Recorded:
    return _end(draft, outcome, DeliveryState.QUEUED, reply, retry_at=now + wait, free=True)


def _end(
    draft: Recorded,
    outcome: str,
    state: DeliveryState,
    reply: str,
    *,
    accepted_as: str | None = None,
    retry_at: datetime | None = None,
    free: bool = False,
    doubt: bool = False,
) -> Recorded:
    return Recorded(
        draft.delivery_id,
        draft.lease,
        outcome,
        state,
        draft.at,
        reply=reply,
        accepted_as=accepted_as,
        retry_at=retry_at,
        free=free,
        doubt=doubt,
    )
