"""Calendar files that Outlook, Gmail and Apple understand (reference/booking-escalation-deadlines.md section 4).

One event, UTC times, one attendee: no time-zone tables, no recurrence, nobody else's address. RFC 5545 and RFC 5546.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from bot.rendering.note import CalendarEntry

PRODUCT = "-//Herald//Safeguarding partnership briefings//EN"
WARNING = timedelta(minutes=-15)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address."""

    name: str
    address: str


def calendar_file(entry: CalendarEntry, *, organizer: Mailbox, attendee: Mailbox, stamp: datetime) -> bytes:
    """The file in a message: METHOD:REQUEST, or METHOD:CANCEL. `stamp` is when the message was made (UTC)."""
    event = _event(entry, stamp)
    event["organizer"] = _address(organizer)
    invited = _address(attendee)
    invited.params["ROLE"] = vText("REQ-PARTICIPANT")
    invited.params["PARTSTAT"] = vText("NEEDS-ACTION")
    invited.params["RSVP"] = vText("FALSE")
    event["attendee"] = invited
    return _file(event, "CANCEL" if entry.cancel else "REQUEST")


def calendar_download(entry: CalendarEntry, *, stamp: datetime) -> bytes:
    """The file that a person fetches from a page: METHOD:PUBLISH, with nobody invited."""
    return _file(_event(entry, stamp), "PUBLISH")


def _event(entry: CalendarEntry, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", entry.starts.astimezone(UTC))
    event.add("dtend", entry.ends.astimezone(UTC))
    event.add("summary", entry.title)
    event.add("location", entry.place)
    if entry.words:
        event.add("description", entry.words)
    event.add("status", "CANCELLED" if entry.cancel else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.cancel else "OPAQUE")
    if not entry.cancel:
        event.add_component(_alarm(entry))
    return event


def _alarm(entry: CalendarEntry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", WARNING)
    return alarm


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.address}")
    if mailbox.name:
        address.params["CN"] = vText(mailbox.name.replace('"', "'"))  # RFC 5545, 3.2: no quotation mark in a parameter
    return address


def _file(event: Event, method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())
