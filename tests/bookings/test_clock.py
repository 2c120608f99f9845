"""What the clock does: reminders once each, evaluations for those who came, registers from files."""

from email import message_from_bytes
from email.message import Message

import pytest
from icalendar import Calendar, Event

from bot.files.problems import FileProblems
from bot.keyring import Keyring
from bot.rendering.mime.letter import wire_bytes
from bot.settings import MailSettings
from digests.bookings import ask_for_evaluations, remind
from digests.compose import Addressee, Desk, compose
from digests.messages.kinds import Writing
from handlers.apply import Applied, FileSource
from handlers.bookings.cancelling import cancel_booking
from handlers.bookings.register import import_attendance
from handlers.partnership import partnership_of
from storage.unit_of_work import Store
from tests.bookings.sessions import (
    LEVELS,
    apply,
    booked,
    booking_of,
    facts,
    local,
    people,
    state_of,
    the_partnership,
    told,
)
from tests.clocks import MovingClock


async def test_a_working_day_and_an_hour_before_everybody_with_a_seat_is_reminded_once(
    store: Store, clock: MovingClock
) -> None:
    await the_partnership(store, {"starts": "2026-12-07T12:30", "ends": "2026-12-07T13:30", "capacity": 2})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    clock.set(local("2026-12-04T12:29"))
    assert await remind(store) == 0
    clock.set(local("2026-12-04T12:30"))  # Monday's session: Friday is the working day before
    assert await remind(store) == 2
    assert await remind(store) == 0
    [first, _] = await facts(store, "session.reminder-day")
    assert first["waiting"] == 1
    async with store.transaction() as uow:
        await cancel_booking(uow, reference=(await booking_of(store, ben)).reference, by=ben)
    clock.set(local("2026-12-07T11:30"))
    assert await remind(store) == 1
    assert await told(store, "session.reminder-hour") == ["Person 1"]
    clock.set(local("2026-12-07T12:30"))
    assert await remind(store) == 0


async def test_a_missed_hour_is_made_up_for_and_a_moved_session_reminds_again(store: Store, clock: MovingClock) -> None:
    await the_partnership(store)
    [ada] = await people(store, 1)
    await booked(store, ada)
    clock.set(local("2026-12-09T09:00"))
    assert await remind(store) == 1, "the sweep was down for most of a day"
    await apply(store, {"starts": "2026-12-16T12:30", "ends": "2026-12-16T13:30"})
    assert await remind(store) == 0
    clock.set(local("2026-12-15T12:30"))
    assert await remind(store) == 1


async def test_who_books_on_the_day_is_not_reminded_of_it_at_once(store: Store, clock: MovingClock) -> None:
    await the_partnership(store)
    [ada] = await people(store, 1)
    clock.set(local("2026-12-09T09:00"))
    await booked(store, ada)
    assert await remind(store) == 0


async def test_a_register_by_name_is_kept_and_the_second_time_unchanged(store: Store, clock: MovingClock) -> None:
    await the_partnership(store)
    ada, ben = await people(store, 2)
    await booked(store, ada)
    clock.set(local("2026-12-10T09:00"))
    text = f"briefing,email,status\n{LEVELS},{ada.email},attended\n{LEVELS},{ben.email},partial\n"

    assert [each.outcome for each in await _imported(store, text)] == ["created", "created"]
    assert [each.outcome for each in await _imported(store, text)] == ["unchanged", "unchanged"]
    corrected = await _imported(store, text.replace("attended", "no-show"))
    assert [each.outcome for each in corrected] == ["changed", "unchanged"]
    assert await state_of(store, ada) == "no_show"
    assert await state_of(store, ben) == "partial"


async def test_a_register_of_counts_is_kept_for_each_agency(store: Store, clock: MovingClock) -> None:
    await the_partnership(store, {"starts": "2026-10-07T12:30", "ends": "2026-10-07T13:30"})
    text = f"briefing,agency,attended\n{LEVELS},northmere-police,4\n{LEVELS},hilltop-school,3\n"

    assert [each.outcome for each in await _imported(store, text)] == ["created", "created"]
    again = await _imported(store, text.replace(",4", ",5"))
    assert [each.outcome for each in again] == ["changed", "unchanged"]
    async with store.reading() as uow:
        assert await uow.briefings.counted(LEVELS) == {"northmere-police": 5, "hilltop-school": 3}


async def test_an_unknown_briefing_or_person_is_named_with_its_line_and_nothing_is_kept(store: Store) -> None:
    await the_partnership(store, {"starts": "2026-10-07T12:30", "ends": "2026-10-07T13:30"})
    [ada] = await people(store, 1)
    text = (
        "briefing,email,status\n"
        f"{LEVELS},{ada.email},attended\n"
        f"levels-of-need,{ada.email},attended\n"
        f"{LEVELS},nobody@example.org,attended\n"
    )
    with pytest.raises(FileProblems) as wrong:
        await _imported(store, text)
    assert [(each.code, each.line) for each in wrong.value.problems] == [("E212", 3), ("E212", 4)]
    async with store.reading() as uow:
        assert await uow.briefings.booking_of(briefing_id=LEVELS, person_id=ada.id) is None


async def test_no_register_before_the_session(store: Store) -> None:
    await the_partnership(store)
    [ada] = await people(store, 1)
    with pytest.raises(FileProblems) as wrong:
        await _imported(store, f"briefing,email,status\n{LEVELS},{ada.email},attended\n")
    assert wrong.value.problems[0].line == 2


async def _imported(store: Store, text: str) -> list[Applied]:
    async with store.transaction() as uow:
        return await import_attendance(uow, FileSource("attendance.csv", text))


async def test_the_confirmation_and_the_cancellation_are_one_entry_in_the_calendar(
    sqlite_store: Store, keyring: Keyring
) -> None:
    await the_partnership(sqlite_store)
    [ada] = await people(sqlite_store, 1)
    await booked(sqlite_store, ada)
    reference = (await booking_of(sqlite_store, ada)).reference
    async with sqlite_store.transaction() as uow:
        await cancel_booking(uow, reference=reference, by=ada)

    request = await _calendar(sqlite_store, keyring, "booking.confirmed")
    cancel = await _calendar(sqlite_store, keyring, "booking.cancelled")

    assert (request["method"], cancel["method"]) == ("REQUEST", "CANCEL")
    invited, withdrawn = _event(request), _event(cancel)
    for key in ("uid", "organizer", "attendee", "dtstart"):
        assert invited[key].to_ical() == withdrawn[key].to_ical()
    assert (invited["sequence"], withdrawn["sequence"]) == (0, 1)
    assert (invited["status"], withdrawn["status"]) == ("CONFIRMED", "CANCELLED")
    assert str(invited["attendee"]) == "mailto:person.1@example.org"
    assert invited["attendee"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert str(invited["organizer"]) == "mailto:herald@northmere.example.org"
    assert invited["dtstart"].to_ical() == b"20261209T123000Z"


async def test_a_moved_session_in_summer_is_written_in_utc(sqlite_store: Store, keyring: Keyring) -> None:
    await the_partnership(sqlite_store)
    [ada] = await people(sqlite_store, 1)
    await booked(sqlite_store, ada)
    await apply(sqlite_store, {"starts": "2027-06-09T12:30", "ends": "2027-06-09T13:30"})

    moved = _event(await _calendar(sqlite_store, keyring, "session.changed"))

    assert moved["dtstart"].to_ical() == b"20270609T113000Z"
    assert moved["sequence"] == 1


async def _calendar(store: Store, keyring: Keyring, kind: str) -> Calendar:
    """The calendar file of the first message of a kind, as the relay would get it."""
    [first, *_] = await facts(store, kind)
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), uow.now, "http://herald.example.org")
    mail = MailSettings(smtp_url="smtp://127.0.0.1:1", sender="Northmere <herald@northmere.example.org>")
    desk = Desk(writing=writing, mail=mail, keyring=keyring, live=True)
    composed = compose(kind, first, to=Addressee("person.1@example.org", "Person 1", 1), desk=desk)
    message: Message = message_from_bytes(wire_bytes(composed.mail.letter))
    [part] = [each for each in message.walk() if each.get_content_type() == "text/calendar"]
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert b"\r\n" in body
    calendar = Calendar.from_ical(body)
    assert part.get_param("method") == calendar["method"]
    return calendar


def _event(calendar: Calendar) -> Event:
    [event] = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return event


async def test_an_hour_after_the_end_everybody_with_a_seat_is_asked_once_while_there_is_no_register(
    store: Store, clock: MovingClock
) -> None:
    await the_partnership(store, {"capacity": 2})
    ada, ben, cy = await people(store, 3)
    for person in (ada, ben, cy):
        await booked(store, person)
    clock.set(local("2026-12-09T14:29"))
    assert await ask_for_evaluations(store) == 0
    clock.set(local("2026-12-09T14:30"))
    assert await ask_for_evaluations(store) == 2
    assert await ask_for_evaluations(store) == 0
    assert await told(store, "survey.invitation") == ["Person 1", "Person 2"]

    text = f"briefing,email,status\n{LEVELS},{ada.email},attended\n{LEVELS},{cy.email},attended\n"
    await _imported(store, text)
    assert await ask_for_evaluations(store) == 1, "who came without a seat is asked too, nobody a second time"
    assert await told(store, "survey.invitation") == ["Person 1", "Person 2", "Person 3"]


async def test_with_a_register_only_those_who_came_are_asked(store: Store, clock: MovingClock) -> None:
    await the_partnership(store)
    ada, ben = await people(store, 2)
    for person in (ada, ben):
        await booked(store, person)
    clock.set(local("2026-12-09T13:00"))
    text = f"briefing,email,status\n{LEVELS},{ada.email},partial\n{LEVELS},{ben.email},no-show\n"
    await _imported(store, text)
    clock.set(local("2026-12-09T14:30"))

    assert await ask_for_evaluations(store) == 1
    assert await told(store, "survey.invitation") == ["Person 1"]


async def test_a_session_loaded_for_its_register_years_later_asks_nobody(store: Store) -> None:
    await the_partnership(store, {"starts": "2018-10-10T12:30", "ends": "2018-10-10T13:30"})
    [ada] = await people(store, 1)
    await _imported(store, f"briefing,email,status\n{LEVELS},{ada.email},attended\n")

    assert await ask_for_evaluations(store) == 0
    assert await told(store, "survey.invitation") == []
