"""Registers: who came, by name or as counts for each agency; ticked on a page or brought in as a file."""

import uuid
from dataclasses import replace

from bot.files.attendance import Attendance, NamedAttendance, parse_attendance
from bot.files.problems import FileProblems, Problem
from bot.rules.booking_states import REGISTERED, BookingState, may_become
from handlers.apply import Applied, FileSource, outcome_of
from handlers.bookings import seats
from handlers.bookings.sessions import Held, hold
from handlers.known import known_names
from storage.tables.briefings import Booking
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

STATUSES = {
    "attended": BookingState.ATTENDED,
    "partial": BookingState.PARTIAL,
    "no-show": BookingState.NO_SHOW,
    "excused": BookingState.EXCUSED,
}
"""The words of attendance.csv and of the page, and the state that each of them means."""


async def import_attendance(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps a register from attendance.csv; a second time everything is unchanged.

    Raises FileProblems with every wrong line, then nothing is kept.
    """
    everybody = frozenset(person.email for person in await uow.people.everybody())
    known = replace(await known_names(uow), people=everybody, briefings=tuple(await uow.briefings.all_ids()))
    rows = parse_attendance(source.text, known).all_good()
    await _refuse_future(uow, rows)
    held: dict[str, Held] = {}
    for briefing_id in sorted({row.briefing for row in rows}):  # all sessions before any reference number: no deadlock
        session = await hold(uow, briefing_id)
        if session is not None:
            held[briefing_id] = session
    return [await _keep(uow, held[row.briefing], row, by=source.by) for row in rows]


async def take_register(
    uow: UnitOfWork, *, briefing_id: str, statuses: dict[str, str], by: Person | None
) -> tuple[int, str]:
    """Keeps what was ticked on the page: reference to status. Returns how many changed, and a problem if any."""
    held = await hold(uow, briefing_id)
    if held is None:
        return 0, "This session is not known."
    if not held.started(uow.now):
        return 0, "The register can be taken from the start of the session."
    changed = 0
    for booking, _person in await uow.briefings.bookings(briefing_id):
        status = STATUSES.get(statuses.get(booking.reference, ""))
        if status is not None and may_become(BookingState(booking.state), status):
            seats.become(uow, held, booking, status, by=by, reason="register")
            changed += 1
    if changed:
        _ask_who_came(held)
    return changed, ""


async def add_to_register(uow: UnitOfWork, *, held: Held, person: Person, status: str, by: Person | None) -> bool:
    """Keeps what a register says of one person, with or without a booking; False when it said so before."""
    wanted = STATUSES[status]
    booking = await uow.briefings.booking_of(briefing_id=held.briefing.id, person_id=person.id)
    if booking is None:
        booking = Booking(
            reference=await uow.conversations.next_reference(
                "B", year=held.calendar.local(held.briefing.starts_at).year
            ),
            briefing_id=held.briefing.id,
            person_id=person.id,
            agency_id=person.agency_id,
            state=wanted.value,
            requested_at=uow.now,
            changed_at=uow.now,
            calendar_uid=f"{uuid.uuid4()}@herald",
        )
        await uow.briefings.add_booking(booking)
        _ask_who_came(held)
        seats.log(uow, held, booking, before="", by=by, reason="register")
        return True
    if booking.state == wanted.value:
        return False
    _ask_who_came(held)
    before, booking.state, booking.changed_at = booking.state, wanted.value, uow.now
    seats.log(uow, held, booking, before=before, by=by, reason="register")  # whoever came, came, booking or not
    return True


def _ask_who_came(held: Held) -> None:
    """Lets the sweep look again whom to ask for an evaluation; nobody is ever asked twice about one session."""
    held.briefing.evaluation_asked_at = None


async def _keep(uow: UnitOfWork, held: Held, row: Attendance, *, by: Person | None) -> Applied:
    if isinstance(row, NamedAttendance):
        person = await uow.people.by_email(row.email)
        if person is None:
            raise LookupError(row.email)
        known = await uow.briefings.booking_of(briefing_id=row.briefing, person_id=person.id)
        new = known is None or known.state not in REGISTERED
        changed = await add_to_register(uow, held=held, person=person, status=row.status, by=by)
        return Applied("attendance", f"{row.briefing} {row.email}", outcome_of(known=not new, changed=changed))
    before = (await uow.briefings.counted(row.briefing)).get(row.agency)
    if before == row.attended:
        return Applied("attendance", f"{row.briefing} {row.agency}", "unchanged")
    await uow.briefings.count_attended(briefing_id=row.briefing, agency_id=row.agency, attended=row.attended)
    detail = {"agency": row.agency, "before": before, "attended": row.attended}
    uow.audit.add("register.counted", thing=row.briefing, by=by, detail=detail)
    return Applied("attendance", f"{row.briefing} {row.agency}", "created" if before is None else "changed")


async def _refuse_future(uow: UnitOfWork, rows: tuple[Attendance, ...]) -> None:
    briefings = await uow.briefings.by_ids(list({row.briefing for row in rows}))
    early = [
        Problem("E209", row.line, 1, "briefing", f"{row.briefing} has not begun yet. Take its register afterwards.")
        for row in rows
        if briefings[row.briefing].starts_at > uow.now
    ]
    if early:
        raise FileProblems(early)
