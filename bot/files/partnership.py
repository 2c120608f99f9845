"""The partnership file: who takes part, working time, front door, escalation policy, priorities."""

import re
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from holidays.utils import list_supported_countries

from bot import words
from bot.files import values
from bot.files.known import Known
from bot.files.policy import PolicySpec, read_policy
from bot.files.problems import Findings, Parsed, did_you_mean, quoted
from bot.files.reader import Reader, no_duplicates
from bot.files.yaml_source import load

SLUG_RULE = "small letters, digits and hyphens, such as northmere-police"
CADENCES = ("weekly", "fortnightly", "monthly", "quarterly", "termly", "yearly", "as needed")
PRIORITY_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """Which public holidays count as non-working days, and the partnership's own closures (local dates)."""

    country: str = "GB"
    subdivision: str = "ENG"
    closures: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The half-open office day `[opens, closes)` in local time."""

    opens: time = time(9)
    closes: time = time(17)


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Whom to ring when a child may be at risk now."""

    name: str
    phone: str
    out_of_hours: str = ""

    def danger_lines(self) -> tuple[str, ...]:
        """What to do when a child is in danger now, with this door's numbers."""
        return words.danger_lines(front_door=self.name, phone=self.phone, out_of_hours=self.out_of_hours)


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation that takes part.

    `role_mailbox` is its safeguarding address, `procedure` the page of its own procedure for disagreements; empty if it
    has none.
    """

    id: str
    name: str
    sector: str
    role_mailbox: str = ""
    procedure: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A bulletin series."""

    id: str
    title: str
    cadence: str
    from_name: str


@dataclass(frozen=True, slots=True)
class Priority:
    """A Learning Hub priority; `lead` is the id of an agency."""

    id: str
    title: str
    lead: str
    starts: date
    success_measures: tuple[str, ...] = ()
    scoping_months: int = 1


@dataclass(frozen=True, slots=True)
class Partnership:
    """Everything a partnership file says."""

    name: str
    short_name: str
    areas: tuple[str, ...]
    timezone: ZoneInfo
    holidays: HolidayCalendar
    office_hours: OfficeHours
    front_door: FrontDoor
    sectors: tuple[str, ...]
    agencies: tuple[Agency, ...]
    series: tuple[Series, ...]
    escalation_policy: PolicySpec | None
    priorities: tuple[Priority, ...]

    def known(self) -> Known:
        """The names that other files may refer to."""
        return Known(
            agencies=tuple(agency.id for agency in self.agencies),
            sectors=self.sectors,
            areas=self.areas,
            series=tuple(series.id for series in self.series),
            priorities=tuple(priority.id for priority in self.priorities),
            sector_of_agency={agency.id: agency.sector for agency in self.agencies},
        )


def parse_partnership(data: bytes | str) -> Parsed[Partnership]:
    """Reads a partnership file. Raises FileProblems with everything that is wrong in it."""
    findings = Findings()
    top = Reader(load(data, findings), "the partnership file", findings)
    top.format_version("herald_partnership")
    name = top.text("name", required=True, longest=120)
    sectors = top.texts("sectors", required=True, longest=60)
    agencies = _agencies(top, sectors)
    partnership = Partnership(
        name=name,
        short_name=top.text("short_name", longest=40) or name[:40],
        areas=top.texts("areas", required=True, longest=60),
        timezone=top.timezone("timezone"),
        holidays=_holidays(top),
        office_hours=_office_hours(top),
        front_door=_front_door(top),
        sectors=sectors,
        agencies=agencies,
        series=_series(top),
        escalation_policy=read_policy(top),
        priorities=_priorities(top, agencies),
    )
    for key, named in (("sectors", sectors), ("areas", partnership.areas)):
        no_duplicates(((word.casefold(), top.at(key)) for word in named), key, findings)
    top.close()
    return findings.parsed(partnership)


def _holidays(top: Reader) -> HolidayCalendar:
    reader = top.inside("holidays", "holidays")
    if reader is None:
        return HolidayCalendar()
    country = (reader.text("country", longest=3) or "GB").upper()
    subdivision = reader.text("subdivision", longest=6).upper() or ("ENG" if country == "GB" else "")
    supported: dict[str, list[str]] = list_supported_countries(include_aliases=True)
    if country not in supported:
        hint = "Use the two letters of the country, such as GB."
        reader.error("E217", reader.at("country"), "country", f"{quoted(country)} is not a country. {hint}")
    elif subdivision and subdivision not in supported[country]:
        hint = did_you_mean(subdivision, supported[country])
        reader.error("E217", reader.at("subdivision"), "subdivision", f"{quoted(subdivision)} is not known.{hint}")
    days = [reader.as_day("closures", scalar) for scalar in reader.scalars("closures")]
    reader.close()
    return HolidayCalendar(country, subdivision, tuple(sorted({day for day in days if day is not None})))


def _office_hours(top: Reader) -> OfficeHours:
    reader = top.inside("office_hours", "office_hours")
    if reader is None:
        return OfficeHours()
    opens = reader.clock_time("from", default=time(9))
    closes = reader.clock_time("to", default=time(17))
    if closes <= opens:
        reader.error(
            "E209", reader.at("to"), "to", 'the office closes before it opens. Write from: "09:00", to: "17:00".'
        )
    reader.close()
    return OfficeHours(opens, closes)


def _front_door(top: Reader) -> FrontDoor:
    reader = top.inside("front_door", "front_door", required=True)
    if reader is None:
        return FrontDoor("", "")
    found = FrontDoor(
        name=reader.text("name", required=True, longest=120),
        phone=reader.phone("phone", required=True),
        out_of_hours=reader.phone("out_of_hours"),
    )
    reader.close()
    return found


def _agencies(top: Reader, sectors: tuple[str, ...]) -> tuple[Agency, ...]:
    found = []
    readers = top.each("agencies", "agency", required=True)
    for reader in readers:
        found.append(
            Agency(
                id=reader.identifier("id", values.SLUG, SLUG_RULE),
                name=reader.text("name", required=True, longest=120),
                sector=reader.known("sector", sectors or None, required=True),
                role_mailbox=reader.email("role_mailbox"),
                procedure=reader.web_address("procedure"),
            )
        )
        reader.close()
    places = [reader.at("id") for reader in readers]
    no_duplicates(zip([agency.id for agency in found], places, strict=True), "agency id", top.findings)
    return tuple(found)


def _series(top: Reader) -> tuple[Series, ...]:
    found = []
    readers = top.each("series", "series")
    for reader in readers:
        title = reader.text("title", required=True, longest=120)
        found.append(
            Series(
                id=reader.identifier("id", values.SLUG, SLUG_RULE),
                title=title,
                cadence=reader.word("cadence", CADENCES, default="as needed"),
                from_name=reader.text("from_name", longest=80) or title[:80],
            )
        )
        reader.close()
    places = [reader.at("id") for reader in readers]
    no_duplicates(zip([series.id for series in found], places, strict=True), "series id", top.findings)
    return tuple(found)


def _priorities(top: Reader, agencies: tuple[Agency, ...]) -> tuple[Priority, ...]:
    found = []
    readers = top.each("priorities", "priority")
    for reader in readers:
        found.append(
            Priority(
                id=reader.identifier("id", PRIORITY_ID, "small letters, digits and hyphens, such as p1"),
                title=reader.text("title", required=True, longest=200),
                lead=reader.known("lead", [agency.id for agency in agencies if agency.id] or None, required=True),
                starts=reader.day("starts", required=True) or date.min,
                success_measures=reader.texts("success_measures"),
                scoping_months=reader.integer("scoping_months", low=1, high=12, default=1) or 1,
            )
        )
        reader.close()
    places = [reader.at("id") for reader in readers]
    no_duplicates(zip([priority.id for priority in found], places, strict=True), "priority id", top.findings)
    return tuple(found)
