"""What a single value may look like, whatever file it stands in: addresses, numbers, dates, lengths of time."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

from bot.rules.calendar import WorkingCalendar

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
DURATION = re.compile(r"[0-9]{1,4}(h|d)")
LONGEST_ADDRESS = 300
SHORT_NUMBERS = frozenset({"999", "112", "111", "101", "105"})
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@([A-Za-z0-9-]+\.)+[A-Za-z]{{2,63}}")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_BRITISH_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]+([0-9]{2}:[0-9]{2})(?::00)?")
SHARED_NAMES = frozenset(
    {
        "admin",
        "administration",
        "contact",
        "enquiries",
        "enquiry",
        "general",
        "hello",
        "help",
        "helpdesk",
        "hr",
        "info",
        "inbox",
        "mail",
        "manager",
        "no",
        "noreply",
        "office",
        "post",
        "reception",
        "referrals",
        "safeguarding",
        "school",
        "secretary",
        "staff",
        "support",
        "team",
        "training",
    }
)


def email(text: str) -> str | None:
    """The address in lower case, or None. Length limits of RFC 5321 4.5.3.1; plain ASCII addresses only."""
    bare = text.strip()
    local, _, domain = bare.rpartition("@")
    if len(bare) > 254 or len(local) > 64 or not _EMAIL.fullmatch(bare):
        return None
    if any(part.startswith("-") or part.endswith("-") or len(part) > 63 for part in domain.split(".")):
        return None
    return bare.lower()


def looks_shared(address: str) -> bool:
    """Whether an address seems to belong to an office and not to a person (`safeguarding@`, `office.north@`)."""
    return re.split(r"[._+-]", address.partition("@")[0].lower())[0] in SHARED_NAMES


def web_address(text: str) -> str | None:
    """The address of a page that a person can open, https only and without a name and password in it; else None."""
    bare = text.strip()
    try:
        parts = urlsplit(bare)
        host = parts.hostname
    except ValueError:
        return None
    plain = len(bare) <= LONGEST_ADDRESS and not re.search(r"[\s<>\"\\^`{|}\x00-\x1f]", bare)
    return bare if plain and parts.scheme == "https" and host and not parts.username else None


def phone(text: str) -> str | None:
    """The number as written, with single spaces, if it can be dialled in the United Kingdom; else None."""
    tidy = " ".join(text.split())
    if tidy in SHORT_NUMBERS:
        return tidy
    if not re.fullmatch(r"[+0-9() -]{3,30}", tidy):
        return None
    try:
        number = phonenumbers.parse(tidy, "GB")
    except phonenumbers.NumberParseException:
        return None
    return tidy if phonenumbers.is_possible_number(number) else None


def day(text: str, *, british: bool = False) -> date | None:
    """A date such as 2026-12-31; with `british` also 31/12/2026, which is what a British Excel makes of it."""
    if iso := _ISO_DAY.fullmatch(text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if british and (spoken := _BRITISH_DAY.fullmatch(text)):
        return _date(int(spoken[3]), int(spoken[2]), int(spoken[1]))
    return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        found = date(year, month, number)
    except ValueError:
        return None
    return found if 1990 <= year <= 2199 else None


def clock_time(text: str) -> time | None:
    """A local time of day such as 09:00."""
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a local date and time such as 2026-12-01T09:00.

    A time that the spring clock change leaves out moves to the first minute after it; one that comes twice in autumn is
    its first occurrence (reference/booking-escalation-deadlines.md 3.2, rule 7).
    """
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    on, at = day(found[1]), clock_time(found[2])
    if on is None or at is None:
        return None
    return _calendar(zone.key).at_local(on, at)


@lru_cache(maxsize=32)
def _calendar(zone: str) -> WorkingCalendar:
    return WorkingCalendar(timezone=zone)


def timezone(name: str) -> ZoneInfo | None:
    """The time zone of that name (`Europe/London`), or None."""
    return ZoneInfo(name) if name in available_timezones() else None


def slug_of(text: str, joint: str) -> str:
    """A suggestion for an id, made from the words that were given, joined by `joint`."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return joint.join(words)[:40].strip("-_")
