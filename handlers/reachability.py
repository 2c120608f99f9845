"""Advice about managers and agencies that no alert can reach (settled, Away: import warns of them)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.files.people import PersonRow
from bot.files.problems import Problem
from storage.tables.people import Agency, Person


def reach_warnings(
    rows: Sequence[PersonRow], *, people: Mapping[str, Person], agencies: Iterable[Agency]
) -> Iterator[Problem]:
    """What stops alerts from arriving, for the people and agencies of these rows after they were imported."""
    for row in rows:
        person = people.get(row.email)
        for column in ("manager_email", "deputy_email"):
            address = getattr(person, column, None)
            if address and not _is_here(people.get(address)):
                message = f"{address} is not in the register, so no alert about {row.email} can reach them. Add them."
                yield Problem("W205", row.line, 1, column, message, "warning")
    yield from _agencies_without_anybody(rows, people, agencies)


def agencies_without_anybody(people: Iterable[Person], agencies: Iterable[Agency]) -> list[Agency]:
    """Agencies with neither a present manager nor a role mailbox; one where nobody is registered yet is among them."""
    managed = {person.agency_id for person in people if _is_here(person) and "manager" in person.roles}
    return [agency for agency in agencies if agency.id not in managed and not agency.role_mailbox]


def _agencies_without_anybody(
    rows: Sequence[PersonRow], people: Mapping[str, Person], agencies: Iterable[Agency]
) -> Iterator[Problem]:
    first_line: dict[str | None, int] = {}
    for row in rows:
        person = people.get(row.email)
        first_line.setdefault(person.agency_id if person else None, row.line)
    for agency in agencies_without_anybody(people.values(), agencies):
        if agency.id in first_line:
            message = (
                f"{agency.id} has no manager and no role_mailbox, so an escalation to it reaches nobody. "
                "Give somebody the role manager, or add role_mailbox to the partnership file."
            )
            yield Problem("W205", first_line[agency.id], 1, "agency", message, "warning")


def _is_here(person: Person | None) -> bool:
    return person is not None and person.left_at is None
