"""What is said about briefings and bookings: when, where, until when, and one press to answer."""

from datetime import datetime

from bot.links import Button, Purpose
from bot.rendering.note import CalendarEntry, Note
from digests.messages.kinds import Facts, WriteNote, Writing
from handlers.wording import moment_in_words


def _local(text: object, writing: Writing) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(writing.partnership.timezone)


def _moment(text: object, writing: Writing) -> str:
    return moment_in_words(_local(text, writing))


def _when(facts: Facts, writing: Writing) -> str:
    starts, ends = _local(facts["starts"], writing), _local(facts["ends"], writing)
    until = f"{ends:%H:%M}" if ends.date() == starts.date() else moment_in_words(ends)
    return f"{moment_in_words(starts)} to {until}"


def _rows(facts: Facts, writing: Writing) -> tuple[tuple[str, str], ...]:
    return (("Session", str(facts["title"])), ("When", _when(facts, writing)), ("Where", str(facts["place"])))


def _entry(facts: Facts, writing: Writing, *, cancel: bool = False) -> CalendarEntry:
    return CalendarEntry(
        uid=str(facts["uid"]),
        sequence=int(facts["sequence"]),
        title=str(facts["title"]),
        starts=datetime.fromisoformat(str(facts["starts"])),
        ends=datetime.fromisoformat(str(facts["ends"])),
        place=str(facts["place"]),
        words=f"Your booking {facts['reference']}. Local time: {_when(facts, writing)}.",
        cancel=cancel,
    )


def _cancel(facts: Facts, label: str = "Cancel my booking") -> Button:
    """Giving the seat back is possible in every message, and in none of them what most people want: so it is quiet."""
    return Button(label, Purpose.BOOKING, str(facts["reference"]), "cancel", quiet=True)


def _page(facts: Facts, writing: Writing) -> str:
    return f"Everything about it, and a file for your calendar: {writing.base_url}/briefings/{facts['briefing']}"


def _confirmed(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"Booked: {facts['title']}",
        paragraphs=("Your seat is booked.",),
        rows=(*_rows(facts, writing), ("Reference", str(facts["reference"]))),
        buttons=(_cancel(facts),),
        after=("If you cannot come, please give your seat back early: somebody may be waiting.", _page(facts, writing)),
        calendar=_entry(facts, writing),
    )


def _requested(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"A seat is held for you: {facts['title']}",
        paragraphs=(f"Your line manager has been asked and has until {_moment(facts['until'], writing)}.",),
        rows=(*_rows(facts, writing), ("Reference", str(facts["reference"]))),
        buttons=(_cancel(facts, "I do not need it"),),
    )


def _approval(facts: Facts, writing: Writing) -> Note:
    reference = str(facts["reference"])
    return Note(
        subject=f"May {facts['who']} come to “{facts['title']}”?",
        paragraphs=(f"A seat is held until {_moment(facts['until'], writing)}. Without an answer it is given on.",),
        rows=_rows(facts, writing),
        buttons=(
            Button("Approve", Purpose.APPROVAL, reference, "approve"),
            Button("Refuse", Purpose.APPROVAL, reference, "refuse"),
        ),
    )


def _refused(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"Not this time: {facts['title']}",
        paragraphs=(f"{facts['who']} could not agree to your coming this time. Do have a word with them.",),
        rows=_rows(facts, writing),
    )


def _unanswered(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"No answer in time: {facts['title']}",
        paragraphs=(
            "Your line manager did not answer in time, so the seat that was held for you is given on. "
            "You can ask again, and have a word with them first.",
        ),
        rows=_rows(facts, writing),
        buttons=(Button("Book again", Purpose.BOOK, str(facts["briefing"]), "book"),),
    )


def _cancelled(facts: Facts, writing: Writing) -> Note:
    first = "Your booking is cancelled." if facts["seat"] else "You are no longer on the list for this session."
    who = " The operations team did this; ask them if you did not expect it." if facts["by_organiser"] else ""
    late = ("It was close to the day, so it is noted as a late cancellation.",) if facts["late"] else ()
    return Note(
        subject=f"Cancelled: {facts['title']}",
        paragraphs=(f"{first}{who}", *late),
        rows=_rows(facts, writing),
        buttons=(Button("Book again", Purpose.BOOK, str(facts["briefing"]), "book"),),
        calendar=_entry(facts, writing, cancel=True) if facts["seat"] else None,
    )


def _waitlisted(facts: Facts, writing: Writing) -> Note:
    why = "All seats of your agency are taken." if facts["agency_limit"] else "All seats are taken."
    return Note(
        subject=f"Waiting list: {facts['title']}",
        paragraphs=(
            f"{why} You are number {facts['place']} on the waiting list. "
            "When a seat comes free it is offered to those who wait, in order.",
        ),
        rows=(*_rows(facts, writing), ("Reference", str(facts["reference"]))),
        buttons=(_cancel(facts, "Leave the list"),),
    )


def _offered(facts: Facts, writing: Writing) -> Note:
    reference, until = str(facts["reference"]), _moment(facts["until"], writing)
    return Note(
        subject=f"A seat for you: {facts['title']}",
        paragraphs=(f"A seat has come free and is yours if you accept it before {until}. Then it is offered on.",),
        rows=(*_rows(facts, writing), ("Accept before", until)),
        buttons=(
            Button("Accept the seat", Purpose.OFFER, reference, "accept"),
            Button("No, thank you", Purpose.OFFER, reference, "decline"),
        ),
    )


def _lapsed(facts: Facts, writing: Writing) -> Note:
    ended = f"The seat that was offered to you was not taken by {_moment(facts['until'], writing)}."
    if facts["place"]:
        after = f"You keep a place on the waiting list: you are number {facts['place']} now."
        buttons = (_cancel(facts, "Leave the list"),)
    else:
        after = "It was the second time, so we have taken you off the list. You are welcome to book again."
        buttons = (Button("Book again", Purpose.BOOK, str(facts["briefing"]), "book"),)
    return Note(
        subject=f"The offer has ended: {facts['title']}",
        paragraphs=(ended, after),
        rows=_rows(facts, writing),
        buttons=buttons,
    )


def _open_round(facts: Facts, writing: Writing) -> Note:
    free = "A seat is" if facts["free"] == 1 else f"{facts['free']} seats are"
    return Note(
        subject=f"First come, first served: {facts['title']}",
        paragraphs=(f"{free} free so close to the day. Everybody who waits is told now; whoever answers first comes.",),
        rows=_rows(facts, writing),
        buttons=(Button("Take the seat", Purpose.BOOK, str(facts["briefing"]), "book"),),
    )


def _reminder(facts: Facts, writing: Writing) -> Note:
    soon = facts["hour"]
    waiting = facts["waiting"]
    colleagues = "1 colleague is" if waiting == 1 else f"{waiting} colleagues are"
    return Note(
        subject=f"{'In an hour' if soon else 'Coming up'}: {facts['title']}",
        paragraphs=("Your session begins in an hour." if soon else "This is your session. See you there.",),
        rows=_rows(facts, writing),
        buttons=(_cancel(facts, "I cannot come"),),
        after=(f"{colleagues} waiting for a seat. If you cannot come, give yours back now.",) if waiting else (),
    )


def _changed(facts: Facts, writing: Writing) -> Note:
    waits = "" if facts["seat"] else " Your place on the list stays."
    return Note(
        subject=f"New time or place: {facts['title']}",
        paragraphs=(f"This session has moved. Here is where and when it is now.{waits}",),
        rows=_rows(facts, writing),
        buttons=(_cancel(facts, "I cannot come then"),),
        calendar=_entry(facts, writing) if facts["seat"] else None,
    )


def _session_cancelled(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"Called off: {facts['title']}",
        paragraphs=("We are sorry: this session does not take place. You need not do anything.",),
        rows=_rows(facts, writing),
        after=(f"Other dates: {writing.base_url}/briefings",),
        calendar=_entry(facts, writing, cancel=True) if facts["seat"] else None,
    )


KINDS: dict[str, WriteNote] = {
    "booking.confirmed": _confirmed,
    "booking.requested": _requested,
    "booking.approval": _approval,
    "booking.refused": _refused,
    "booking.unanswered": _unanswered,
    "booking.cancelled": _cancelled,
    "booking.waitlisted": _waitlisted,
    "booking.offered": _offered,
    "booking.lapsed": _lapsed,
    "booking.open-round": _open_round,
    "session.reminder-day": _reminder,
    "session.reminder-hour": _reminder,
    "session.changed": _changed,
    "session.cancelled": _session_cancelled,
}
