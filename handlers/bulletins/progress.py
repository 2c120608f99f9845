"""How an edition gets on, and when it is finished: counted from its rows, estimated from what was really sent lately
and from the relay's limits, said in words.

Rule: reference/email-delivery.md section 4.9 and 4.10 ("ETA shown"; a campaign is finished when no row waits).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from bot.rules.edition_states import EditionState
from bot.rules.relay import RateWindow, parse_rate
from bot.rules.relay_presets import ANY, preset_for
from bot.rules.reply_words import in_words, too_big
from bot.rules.sending_pace import LOOKED_BACK, Pace, expected_end, last_leaves, limits_in_words, usable
from bot.rules.sending_pace import in_words as span_in_words
from bot.settings import MailSettings
from handlers.bulletins.recipients import clock_of
from handlers.bulletins.status import Status
from handlers.connections import Rest, mail_rest
from handlers.partnership import calendar_of
from handlers.wording import moment_in_words
from storage.bulletins import messages_about
from storage.recipients import REFUSED_AS_TOO_BIG, Waiting
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

ALIVE: Final = timedelta(seconds=90)
"""A worker that was heard of so lately is at work."""
SOON: Final = timedelta(minutes=1)
"""What is due within this time leaves with the others; anything later waits for a try of its own."""
NO_WORKER: Final = "No worker has been heard of lately, so nothing leaves. Start herald serve or herald worker."
ALL_PAUSED: Final = "All sending is paused, this edition too. Let it go on on the operations page."
PAUSED: Final = "It is paused: nobody else gets it until somebody lets it go on."
LEAVES_NOW: Final = "It leaves now: the list of those who get it is being written down."
NOT_BEGUN: Final = {
    EditionState.DRAFT: "It is a draft. Nobody has approved it yet.",
    EditionState.CANCELLED: "It was cancelled before it began. Nobody has it.",
    EditionState.MISSED: "It was not sent: its time was over before it could begin. Give it a new time on its page.",
}
TOO_EARLY: Final = "It is too early to say when it is finished."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an edition has come. `lines` say it in words, the most important first; `ends_at` is None when unknown.

    `rest`: mail rests, so nothing leaves. `moving`: something may change by itself, so a page should look again.
    """

    lines: tuple[str, ...]
    ends_at: datetime | None
    a_minute: float
    rest: Rest | None
    moving: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long an edition would take. `late`: its `not_after` would come first, so some would not get it."""

    line: str
    late: str


async def forecast(
    uow: UnitOfWork, row: Bulletin, *, people: int, mail: MailSettings | None, begins: datetime | None = None
) -> Forecast:
    """What to know before an edition is released; it begins at its own time unless another is given."""
    if mail is None:
        return Forecast("No mail relay is set, so e-mails wait until HERALD_SMTP_URL is.", "")
    windows = parse_rate(mail.rate)
    if not windows:
        return Forecast("The relay has no limit that Herald knows of: it takes as long as the relay needs.", "")
    begins = max(uow.now, begins or row.send_at or uow.now)
    limits = usable(windows, workers=await _workers(uow))
    ends = last_leaves(people, limits, now=begins)
    known = preset_for(mail.smtp_url)
    whose = "the relay takes" if known is ANY else f"{known.name} takes"
    said = f"It will take {span_in_words(ends - begins)}: {whose} {limits_in_words(windows)}"
    late = ""
    if row.not_after is not None and ends > row.not_after:
        late = (
            "Its not_after comes before its end: some would not get it. Send it earlier, or give it a later not_after."
        )
    return Forecast(f"{said}, and a tenth of that stays free for alerts.", late)


async def before_it_begins(uow: UnitOfWork, row: Bulletin, figures: Status) -> Progress:
    """Where an edition stands of which nobody has anything yet: what it waits for, in words."""
    moving = False
    if row.state != EditionState.APPROVED:
        line = NOT_BEGUN[EditionState(row.state)]
    elif figures.state == "paused":
        line = PAUSED
    elif row.send_at is None:
        line = "It is approved. Nobody has sent it yet."
    elif row.send_at > uow.now:
        leaves = moment_in_words((await calendar_of(uow)).local(row.send_at))
        line, moving = f"It leaves by itself on {leaves}.", row.send_at <= uow.now + SOON
    else:
        silent = row.send_at < uow.now - ALIVE and await _workers(uow) == 0
        line, moving = NO_WORKER if silent else LEAVES_NOW, True
    return Progress((line,), None, 0.0, None, moving=moving)


async def progress_of(uow: UnitOfWork, row: Bulletin, figures: Status, *, mail: MailSettings | None) -> Progress:
    """Where an edition that has begun stands now, and when it is finished if it goes on like this."""
    have_it = f"{figures.sent:,} of {figures.meant:,} have it."
    about = messages_about(row.id)
    back = len(await uow.bulletins.recipients.returned(about))
    have_it = f"{have_it} {back:,} of them came back." if back else have_it
    if row.state != EditionState.SENDING:
        return Progress((have_it,), None, 0.0, None, moving=False)
    waiting = await uow.bulletins.recipients.waiting(about, soon=uow.now + SOON)
    pace = await _pace(uow, row)
    rest = await mail_rest(uow)
    held = await _held_up(uow, row, figures, rest)
    ends_at = None if held else await _ends(uow, waiting, pace, mail)
    lines = [*(held or await _end_in_words(uow, waiting, ends_at)), *await _later(uow, waiting)]
    if ends_at is not None and row.not_after is not None and ends_at > row.not_after:
        lines.append(f"Nothing of it leaves after {await _clock(uow, row.not_after)}, so some will not get it.")
    return Progress((f"{have_it} {lines[0]}", *lines[1:]), ends_at, round(pace.a_minute, 1), rest, moving=True)


async def _held_up(uow: UnitOfWork, row: Bulletin, figures: Status, rest: Rest | None) -> list[str]:
    """Why nothing leaves; empty when it does."""
    if figures.state == "paused":
        refused = await uow.bulletins.recipients.last_reply_like(messages_about(row.id), REFUSED_AS_TOO_BIG)
        return [PAUSED, *([f"{in_words(refused)} The relay said: {refused}"] if too_big(refused) else [])]
    if await uow.switches.sending_paused():
        return [ALL_PAUSED]
    if rest is not None:
        again = (
            "It is trying now." if rest.trying else f"It tries again by itself at {await _clock(uow, rest.retry_at)}."
        )
        return [f"{rest.words} {again}"]
    return [NO_WORKER] if await _workers(uow) == 0 and await _silent(uow, row) else []


async def _silent(uow: UnitOfWork, row: Bulletin) -> bool:
    """Whether nothing has left for so long that a worker which says nothing is no worker."""
    since = uow.now - ALIVE
    began = row.began_at or uow.now
    return began < since and not await uow.bulletins.recipients.sent_since(messages_about(row.id), since=since)


async def _ends(uow: UnitOfWork, waiting: Waiting, pace: Pace, mail: MailSettings | None) -> datetime | None:
    windows = parse_rate(mail.rate) if mail is not None and waiting.by_mail else ()
    limits = usable(windows, workers=await _workers(uow))
    sent = await _sent_lately(uow, limits)
    return expected_end(waiting.now, limits, now=uow.now, sent=sent, pace=pace)


async def _sent_lately(uow: UnitOfWork, limits: Sequence[RateWindow]) -> Sequence[datetime]:
    if not limits:
        return ()
    longest = max(limit.period for limit in limits)
    return await uow.deliveries.lately_sent(since=uow.now - longest, limit=max(limit.messages for limit in limits))


async def _pace(uow: UnitOfWork, row: Bulletin) -> Pace:
    since = max(uow.now - LOOKED_BACK, row.began_at or uow.now)
    sent = await uow.bulletins.recipients.sent_since(messages_about(row.id), since=since)
    return Pace(sent, uow.now - since)


async def _end_in_words(uow: UnitOfWork, waiting: Waiting, ends_at: datetime | None) -> list[str]:
    if not waiting.now:
        return [] if waiting.later else ["It is being closed."]
    if ends_at is None:
        return [TOO_EARLY]
    minute = timedelta(minutes=1)
    rounded = uow.now + minute * max(1, ceil((ends_at - uow.now) / minute))
    return [f"At this pace it is finished at {await _clock(uow, rounded)}."]


async def _later(uow: UnitOfWork, waiting: Waiting) -> list[str]:
    if not waiting.later:
        return []
    number = "1 more is" if waiting.later == 1 else f"{waiting.later:,} more are"
    return [f"{number} tried again later, the first at {await _clock(uow, waiting.next_at)}."]


async def _workers(uow: UnitOfWork) -> int:
    return sum(uow.now - beat.at < ALIVE for beat in await uow.switches.beats())


async def _clock(uow: UnitOfWork, instant: datetime | None) -> str:
    return clock_of(instant, await calendar_of(uow), now=uow.now)
