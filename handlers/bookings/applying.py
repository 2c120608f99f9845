"""What applying a briefings file means: new sessions, changed ones with everybody told, cancelled ones."""

import hashlib
from datetime import datetime

from bot.files.briefings import Briefing as Entry
from bot.files.briefings import parse_briefings
from bot.rules.booking_states import ACTIVE, BookingState
from handlers.apply import Applied, FileSource
from handlers.bookings import seats
from handlers.bookings.cancelling import cancel_session
from handlers.bookings.sessions import Held, hold
from handlers.bookings.telling import tell
from handlers.known import known_names
from handlers.partnership import partnership_of
from storage.briefings import CANCELLED
from storage.tables.briefings import Briefing
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

PUBLISHED = "published"


async def apply_briefings(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps the sessions of a file. Raises FileProblems, then nothing is kept."""
    partnership = await partnership_of(uow)
    entries = parse_briefings(source.text, await known_names(uow), partnership.timezone).value
    in_lock_order = sorted(entries, key=lambda entry: entry.id)  # two files at once never wait for each other
    applied = {entry.id: await _apply(uow, entry, by=source.by) for entry in in_lock_order}
    return [applied[entry.id] for entry in entries]


async def _apply(uow: UnitOfWork, entry: Entry, *, by: Person | None) -> Applied:
    content = hashlib.sha256(repr(entry).encode()).hexdigest()
    held = await hold(uow, entry.id)
    if held is None:
        uow.briefings.add(_new(entry, content, now=uow.now))
        await uow.briefings.flush()
        uow.audit.add("briefing.created", thing=entry.id, by=by, detail=_detail(entry))
        return Applied("briefing", entry.id, "created", _note(entry, now=uow.now))
    if held.briefing.content_hash == content:
        return Applied("briefing", entry.id, "unchanged")
    return await _change(uow, held, entry, content, by=by)


async def _change(uow: UnitOfWork, held: Held, entry: Entry, content: str, *, by: Person | None) -> Applied:
    briefing = held.briefing
    before = (briefing.starts_at, briefing.ends_at, briefing.place)
    _fill(briefing, entry, content, now=uow.now)
    uow.audit.add("briefing.changed", thing=entry.id, by=by, detail=_detail(entry))
    if entry.cancelled:
        told = await cancel_session(uow, briefing_id=entry.id, by=by)
        return Applied("briefing", entry.id, "changed", f"cancelled, {told} told" if told else "")
    if briefing.status == CANCELLED:
        briefing.status = PUBLISHED
    briefing.revision += 1
    await uow.briefings.flush()
    again = await hold(uow, entry.id) or held  # the cut-off follows the new start
    told = 0
    if before != (briefing.starts_at, briefing.ends_at, briefing.place) and briefing.ends_at > uow.now:
        told = await _tell_of_move(uow, again)
    over = (await seats.settle(uow, again)).standing.state.over_by
    notes = [f"{told} told of the new time or place"] if told else []
    if over:
        notes.append(
            f"{over} more {'seat is' if over == 1 else 'seats are'} promised than there are; nobody is removed"
        )
    return Applied("briefing", entry.id, "changed", "; ".join(notes))


async def _tell_of_move(uow: UnitOfWork, held: Held) -> int:
    """Everybody with a seat gets a calendar entry with a raised sequence; those who wait are told too."""
    told = 0
    for booking, person in await uow.briefings.bookings(held.briefing.id, states=sorted(ACTIVE)):
        has_seat = booking.state == BookingState.CONFIRMED
        if has_seat:
            booking.calendar_sequence += 1
        if booking.offer_expires_at is not None and booking.state == BookingState.OFFERED:
            latest = held.cutoff if uow.now < held.cutoff else held.briefing.starts_at
            booking.offer_expires_at = min(booking.offer_expires_at, latest)
        told += await tell(
            uow,
            person,
            held.briefing,
            booking,
            kind="session.changed",
            key=held.briefing.revision,
            seat=has_seat,
        )
    return told


def _new(entry: Entry, content: str, *, now: datetime) -> Briefing:
    briefing = Briefing(id=entry.id, status=CANCELLED if entry.cancelled else PUBLISHED, revision=1)
    briefing.booked, briefing.last_position = 0, 0
    briefing.booking_opens_at = now
    _fill(briefing, entry, content, now=now)
    return briefing


def _fill(briefing: Briefing, entry: Entry, content: str, *, now: datetime) -> None:
    briefing.title, briefing.kind, briefing.place = entry.title, entry.kind, entry.place
    briefing.starts_at, briefing.ends_at = entry.starts, entry.ends
    briefing.capacity, briefing.per_agency, briefing.levels = entry.capacity, entry.per_agency, list(entry.levels)
    briefing.booking_opens_at = entry.booking_opens or min(briefing.booking_opens_at, now)
    briefing.booking_closes_at = entry.booking_closes
    briefing.priority, briefing.approval = entry.priority or None, entry.approval
    briefing.evaluation, briefing.description = entry.evaluation, entry.description
    briefing.content_hash, briefing.applied_at = content, now


def _detail(entry: Entry) -> dict[str, object]:
    return {
        "starts": entry.starts.isoformat(),
        "capacity": entry.capacity,
        "per_agency": entry.per_agency,
        "approval": entry.approval,
        "cancelled": entry.cancelled,
    }


def _note(entry: Entry, *, now: datetime) -> str:
    return "a past session: for its register only" if entry.starts <= now else ""
