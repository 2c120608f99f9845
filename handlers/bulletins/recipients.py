"""Who got an edition: each person with what became of it in plain words, to look at, search, filter and download."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.conversation.reading import long_date
from bot.files.csv_guard import write_csv
from bot.rules.bounce_score import code_in_words
from bot.rules.calendar import WorkingCalendar
from bot.rules.reply_words import in_words
from handlers.bulletins.recipient_words import Filter, came_back, moment_of, state_in_words
from handlers.bulletins.retrying import TRIED_AGAIN
from handlers.paging import page_at, pages_of
from handlers.partnership import calendar_of
from storage.bulletins import messages_about
from storage.recipients import Recipient
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Delivery
from storage.unit_of_work import UnitOfWork

A_PAGE: Final = 100
COLUMNS: Final = ("name", "email", "agency", "by", "state", "in words", "reply", "accepted at", "tries", "message id")


@dataclass(frozen=True, slots=True)
class Line:
    """One person of an edition as the page shows them. `reply` is what the other side said, as it was said."""

    person_id: int
    name: str
    email: str
    agency: str
    state: str
    words: str
    reply: str
    row: Delivery

    @property
    def may_retry(self) -> bool:
        """Whether a person can have it tried again."""
        return self.row.state in TRIED_AGAIN


@dataclass(frozen=True, slots=True)
class Page:
    """Up to a hundred people; `number` counts from 1, `total` is how many the filter and the search find."""

    lines: Sequence[Line]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; one even when nobody is found."""
        return pages_of(self.total, size=A_PAGE)


@dataclass(frozen=True, slots=True)
class Try:
    """One try to hand a delivery over, in words."""

    at: datetime
    channel: str
    outcome: str
    reply: str
    meaning: str


async def page_of(uow: UnitOfWork, row: Bulletin, *, chosen: Filter, search: str = "", number: int = 1) -> Page:
    """A page of the recipients; the last one when `number` is beyond it."""
    about, recipients = messages_about(row.id), uow.bulletins.recipients
    total = await recipients.count(about, states=chosen.states, search=search)
    number = page_at(number, total=total, size=A_PAGE)
    found = await recipients.page(
        about, states=chosen.states, search=search, limit=A_PAGE, offset=(number - 1) * A_PAGE
    )
    return Page(await _lines(uow, about, found), number, total)


async def one_person(uow: UnitOfWork, row: Bulletin, person_id: int) -> tuple[Line, list[Try]] | None:
    """One person with every try, the first first, over both channels; None when they are no recipient."""
    rows = await uow.bulletins.recipients.rows_of(messages_about(row.id), person_id=person_id)
    person = await uow.people.get(person_id)
    if not rows or person is None:
        return None
    [line] = await _lines(uow, messages_about(row.id), [Recipient(person, rows[0])])
    tries = [
        Try(
            each.at, row.channel, OUTCOMES.get(each.outcome, each.outcome), each.reply or "", in_words(each.reply or "")
        )
        for row in rows
        for each in await uow.deliveries.attempts_of(row.id)
    ]
    return line, sorted(tries, key=lambda each: each.at)


OUTCOMES: Final[Mapping[str, str]] = {
    "accepted": "Accepted",
    "deferred": "Not now",
    "refused": "Refused for good",
    "relay-down": "The relay could not be reached",
    "relay-refuses": "The relay refused us",
    "uncertain": "The answer was lost",
    "given-up": "Given up",
    "held": "Held back by Herald",
    "shut-out": "Slack shut us out",
    "resting": "Slack rested",
    "unwritable": "It could not be written",
}
"""What a try came to (`digests/verdicts.py`)."""


async def as_csv(uow: UnitOfWork, row: Bulletin, *, chosen: Filter, search: str = "") -> str:
    """All recipients that the filter and the search find, as a table; no cell can run as a formula."""
    about = messages_about(row.id)
    found = await uow.bulletins.recipients.page(about, states=chosen.states, search=search)
    return write_csv(COLUMNS, (_cells(line) for line in await _lines(uow, about, found)))


def _cells(line: Line) -> tuple[str | int, ...]:
    row = line.row
    sent = "" if row.sent_at is None else row.sent_at.isoformat()
    facts = (row.channel, line.state, line.words, line.reply, sent, row.attempts, row.message_id or "")
    return (line.name, line.email, line.agency, *facts)


async def _lines(uow: UnitOfWork, about: str, found: Iterable[Recipient]) -> list[Line]:
    calendar = await calendar_of(uow)
    returned = await uow.bulletins.recipients.returned(about)
    agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
    return [
        Line(
            person_id=each.person.id,
            name=each.person.name,
            email=each.person.email,
            agency=agencies.get(each.person.agency_id or "", ""),
            state=each.row.state,
            words=came_back(code_in_words(returned[each.row.id]))
            if each.row.id in returned
            else state_in_words(each.row, now=uow.now, clock=clock_of(moment_of(each.row), calendar, now=uow.now)),
            reply=each.row.last_reply or "",
            row=each.row,
        )
        for each in found
    ]


def clock_of(instant: datetime | None, calendar: WorkingCalendar, *, now: datetime) -> str:
    """A local time as short as it can be: "09:02" today, "2 December 2026, 09:02" on any other day."""
    if instant is None:
        return ""
    local = calendar.local(instant)
    return (
        f"{local:%H:%M}" if local.date() == calendar.local(now).date() else f"{long_date(local.date())}, {local:%H:%M}"
    )
