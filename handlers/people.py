"""Importing people: every change is worked out first, so that a preview and the import itself show the same.

A missing column leaves what is stored, a blank cell clears it, people who are not in the file stay as they are.
Somebody who left a bulletin series is never put back by a file (settled, Files).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.files.people import UNSET, PersonRow
from bot.files.problems import FileProblems, Problem
from handlers.apply import Outcome, outcome_of
from handlers.partnership import partnership_of
from handlers.reachability import reach_warnings
from storage.tables.people import Person
from storage.turns import take_turns
from storage.unit_of_work import UnitOfWork

PLAIN = ("name", "sector", "area", "job_title", "level", "manager_email", "deputy_email", "champion", "slack_id")
DATES = ("away_until", "leaves_on")
KEPT_BY_SOMEBODY = ("admin", "coordinator")
"""Roles without which nobody could run this installation any more: an import never removes their last holder."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one person, as words, before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What a line of the file does to one person."""

    email: str
    name: str
    outcome: Outcome
    fields: tuple[FieldChange, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do, and advice about people whom no alert can reach."""

    changes: tuple[PersonChange, ...]
    warnings: tuple[Problem, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many people have this outcome."""
        return sum(change.outcome == outcome for change in self.changes)


@dataclass(slots=True)
class _Register:
    """The register as it stands while the file is worked through."""

    people: dict[str, Person]
    series: dict[int, dict[str, bool]]
    today: date
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A line whose person has been set; the subscriptions come after all new people have their ids."""

    person: Person
    known: bool
    fields: list[FieldChange]
    comes_back: bool


async def import_people(
    uow: UnitOfWork,
    *,
    rows: Sequence[PersonRow],
    by: Person | None = None,
    advance: Callable[[int], None] | None = None,
) -> Imported:
    """Adds and updates people. Raises FileProblems, then nothing may be kept; roll back for a preview.

    `advance` is told of every row that is done, for a progress bar.

    Refused: a new person without a name, a Slack id that is somebody else's, taking away the last admin or coordinator.
    """
    await take_turns(uow)
    register = await _register(uow)
    holders_before = _holders(register.people.values())
    _check_slack_ids(rows, register)
    for row in rows:
        if row.email not in register.people and not isinstance(row.name, str):
            message = f"{row.email} is not in the register yet, so a name is needed. Add the column name."
            register.problems.append(Problem("E110", row.line, 1, "name", message))
    if register.problems:
        raise FileProblems(register.problems)
    await _free_slack_ids(uow, rows, register)
    begun = [_set_one(uow, row, register) for row in rows]
    await uow.people.flush()
    changes = []
    for row, one in zip(rows, begun, strict=True):
        changes.append(await _finish_one(uow, row, one, register))
        if advance is not None:
            advance(1)
    _check_holders(rows, holders_before, register)
    if register.problems:
        raise FileProblems(register.problems)
    await uow.people.flush()
    _record(uow, changes, register, by=by)
    warnings = reach_warnings(rows, people=register.people, agencies=await uow.people.agencies())
    return Imported(tuple(changes), tuple(warnings))


async def _register(uow: UnitOfWork) -> _Register:
    partnership = await partnership_of(uow)
    people = {person.email: person for person in await uow.people.everybody()}
    series: dict[int, dict[str, bool]] = {}
    for subscription in await uow.people.subscriptions():
        series.setdefault(subscription.person_id, {})[subscription.series_id] = subscription.left_at is None
    return _Register(people, series, uow.now.astimezone(partnership.timezone).date())


def _set_one(uow: UnitOfWork, row: PersonRow, register: _Register) -> _Begun:
    known = register.people.get(row.email)
    person = known
    if person is None:
        person = Person(
            email=row.email,
            name="",
            roles=["practitioner"],
            champion="no",
            created_at=uow.now,
            updated_at=uow.now,
        )
        uow.people.add(person)
        register.people[row.email] = person
    fields = _set_fields(person, row)
    return _Begun(person, known is not None, fields, _comes_back(person, row, register.today))


async def _finish_one(uow: UnitOfWork, row: PersonRow, begun: _Begun, register: _Register) -> PersonChange:
    subscriptions, notes = await _set_series(uow, row, begun.person.id, register)
    fields = (*begun.fields, *subscriptions)
    changed = bool(fields) or begun.comes_back
    if changed:
        begun.person.updated_at = uow.now
    if begun.comes_back:
        notes.append("comes back")
    outcome = outcome_of(known=begun.known, changed=changed)
    return PersonChange(begun.person.email, begun.person.name, outcome, fields, tuple(notes))


def _set_fields(person: Person, row: PersonRow) -> list[FieldChange]:
    changes = []
    wanted = {name: getattr(row, name) for name in (*PLAIN, *DATES)}
    wanted["agency_id"] = row.agency
    wanted["roles"] = UNSET if row.roles is UNSET else list(row.roles)
    for name, value in wanted.items():
        before = getattr(person, name)
        if value is UNSET or value == before:
            continue
        setattr(person, name, value)
        changes.append(FieldChange(name.removesuffix("_id"), _words(before), _words(value)))
    return changes


async def _set_series(
    uow: UnitOfWork, row: PersonRow, person_id: int, register: _Register
) -> tuple[list[FieldChange], list[str]]:
    if row.series is UNSET:
        return [], []
    known = register.series.get(person_id, {})
    before = {series_id for series_id, receives in known.items() if receives}
    left = {series_id for series_id, receives in known.items() if not receives}
    wanted = set(row.series) - left
    for series_id in sorted(wanted - before):
        uow.people.enrol(person_id=person_id, series_id=series_id)
    for series_id in sorted(before - wanted):
        await uow.people.unlist(person_id=person_id, series_id=series_id)
    notes = [f"left {series_id} and is not put back" for series_id in sorted(left & set(row.series))]
    changes = [FieldChange("series", _words(sorted(before)), _words(sorted(wanted)))] if wanted != before else []
    return changes, notes


def _comes_back(person: Person, row: PersonRow, today: date) -> bool:
    """Whether somebody who left is here again, because the file names a later last day, or none."""
    if person.left_at is None or row.leaves_on is UNSET:
        return False
    if person.leaves_on is not None and person.leaves_on < today:
        return False
    person.left_at = None
    return True


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(str(part) for part in value)
    return str(value)


def _check_slack_ids(rows: Sequence[PersonRow], register: _Register) -> None:
    owners = {person.slack_id: person.email for person in register.people.values() if person.slack_id}
    given = {row.email: row.slack_id for row in rows if row.slack_id is not UNSET}
    after = {email: slack_id for slack_id, email in owners.items() if email not in given}
    taken = {slack_id: email for email, slack_id in after.items()}
    for row in rows:
        if not isinstance(row.slack_id, str):
            continue
        owner = taken.setdefault(row.slack_id, row.email)
        if owner != row.email:
            message = f"{row.slack_id} is the Slack id of {owner}. Everybody has one of their own."
            register.problems.append(Problem("E202", row.line, 1, "slack_id", message))


async def _free_slack_ids(uow: UnitOfWork, rows: Sequence[PersonRow], register: _Register) -> None:
    """Two people may swap ids in one file; the database checks after each row, so ids that move are let go first."""
    for row in rows:
        person = register.people.get(row.email)
        if person is not None and person.slack_id and row.slack_id not in (UNSET, person.slack_id):
            person.slack_id = None
    await uow.people.flush()


def _holders(people: Iterable[Person]) -> Counter[str]:
    return Counter(role for person in people if person.left_at is None for role in person.roles)


def _check_holders(rows: Sequence[PersonRow], before: Counter[str], register: _Register) -> None:
    after = _holders(register.people.values())
    for role in KEPT_BY_SOMEBODY:
        if before[role] and not after[role]:
            line = next((row.line for row in rows if row.roles is not UNSET and role not in row.roles), 1)
            message = f"this would take away the last {role}. Give that role to somebody else in the same file."
            register.problems.append(Problem("E214", line, 1, "roles", message))


def _record(uow: UnitOfWork, changes: Sequence[PersonChange], register: _Register, *, by: Person | None) -> None:
    for change in changes:
        if change.outcome == "unchanged":
            continue
        person = register.people[change.email]
        detail: dict[str, object] = {"fields": [changed.field for changed in change.fields]}
        if any(changed.field == "roles" for changed in change.fields):
            detail["roles"] = list(person.roles)
        uow.audit.add(f"person.{change.outcome}", thing=f"person:{person.id}", by=by, detail=detail)
