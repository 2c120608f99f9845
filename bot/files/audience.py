"""Who a survey, a bulletin or a request is for: the audience object of the contract, and whether it means a person."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.files import values
from bot.files.known import Known
from bot.files.problems import quoted
from bot.files.reader import Reader
from bot.files.roles import CHAMPION_TIERS, LEVELS, ROLES

KEYS = ("roles", "sectors", "agencies", "areas", "levels", "champion", "series", "people")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What an audience can ask about a person. `series` are the bulletin series the person receives now."""

    email: str
    roles: frozenset[str] = frozenset({"practitioner"})
    sector: str = ""
    agency: str = ""
    area: str = ""
    level: int | None = None
    champion: str = "no"
    series: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Audience:
    """A choice of people. Several keys narrow; the values of one key widen; `exclude` takes people out again."""

    everyone: bool = False
    roles: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    champion: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    exclude: "Audience | None" = None

    def matches(self, person: PersonFacts) -> bool:
        """Whether this person is meant. An audience that names nobody means nobody."""
        return self._includes(person) and not (self.exclude is not None and self.exclude.matches(person))

    def _includes(self, person: PersonFacts) -> bool:
        if self.everyone:
            return True
        asked = (
            (self.roles, person.roles),
            (self.sectors, {person.sector}),
            (self.agencies, {person.agency}),
            (self.areas, {person.area}),
            (self.levels, {person.level}),
            (self.champion, {person.champion}),
            (self.series, person.series),
            (self.people, {person.email}),
        )
        given = [(wanted, has) for wanted, has in asked if wanted]
        return bool(given) and all(_meet(wanted, has) for wanted, has in given)


def _meet(wanted: Iterable[str | int], has: Iterable[str | int | None]) -> bool:
    return not set(wanted).isdisjoint(has)


def read_audience(parent: Reader, known: Known, key: str = "audience") -> Audience | None:
    """The audience under a key, or None where it is not given. E214 and E213 for one that contradicts itself."""
    reader = parent.inside(key, key)
    return None if reader is None else _read(reader, known, inner=False)


def _read(reader: Reader, known: Known, *, inner: bool) -> Audience:
    everyone = reader.boolean("everyone")
    given = [key for key in KEYS if reader.has(key)]
    _check(reader, given, everyone=everyone)
    exclude = None if inner else reader.inside("exclude", "exclude")
    audience = Audience(
        everyone=everyone,
        roles=reader.chosen("roles", ROLES),
        sectors=reader.chosen("sectors", known.sectors, code="E212"),
        agencies=reader.chosen("agencies", known.agencies, code="E212"),
        areas=reader.chosen("areas", known.areas, code="E212"),
        levels=_levels(reader),
        champion=reader.chosen("champion", CHAMPION_TIERS),
        series=reader.chosen("series", known.series, code="E212"),
        people=_people(reader, known),
        exclude=None if exclude is None else _read(exclude, known, inner=True),
    )
    reader.close()
    return audience


def _check(reader: Reader, given: list[str], *, everyone: bool) -> None:
    if everyone and given:
        message = f"everyone: true and {given[0]} contradict each other. Keep one, or put the narrower under exclude."
        reader.error("E214", reader.at("everyone"), "everyone", message)
    if not everyone and not given:
        message = f"{reader.where} names nobody. Write everyone: true, or for example roles: [practitioner]."
        reader.error("E213", reader.mapping.at, reader.where, message)
    for key in given:
        if not reader.nodes(key):
            reader.error("E213", reader.at(key), key, f"the list of {key} is empty. Fill it in or take {key} out.")


def _levels(reader: Reader) -> tuple[int, ...]:
    said = [reader.as_integer("levels", scalar, low=LEVELS[0], high=LEVELS[-1]) for scalar in reader.scalars("levels")]
    return tuple(dict.fromkeys(level for level in said if level is not None))


def _people(reader: Reader, known: Known) -> tuple[str, ...]:
    found = []
    for scalar in reader.scalars("people"):
        address = values.email(scalar.text)
        if address is None:
            message = f"{quoted(scalar.text)} is not an e-mail address. Write it like ada@example.org."
            reader.error("E206", scalar.at, "people", message)
        elif known.people is not None and address not in known.people:
            message = f"{address} is not in the register. Add the person first, with “herald people import”."
            reader.error("E212", scalar.at, "people", message)
        else:
            found.append(address)
    return tuple(dict.fromkeys(found))
