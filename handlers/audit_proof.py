"""Proving the whole audit log. What came of it is an entry of the log, so that no page has to walk the chain again."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from storage.audit import Span, Verified
from storage.tables.audit import AuditEntry
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

LOG: Final = "audit-log"
PROVED: Final = "audit.proved"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a walk through the whole chain, when, and who had it done."""

    at: datetime
    who: str
    found: Verified


def note_proof(uow: UnitOfWork, found: Verified, *, by: Person) -> None:
    """Writes into the log what came of a walk through the whole of it."""
    said = {name: value for name, value in asdict(found).items() if value not in (None, "")}
    uow.audit.add(PROVED, thing=LOG, by=by, detail=said)


async def last_proof(uow: UnitOfWork) -> AuditEntry | None:
    """The entry of the latest walk through the whole chain, if there was one."""
    return next(iter(await uow.audit.within(Span(LOG, action=PROVED), limit=1)), None)


def found_by(entry: AuditEntry) -> Verified:
    """What that walk came to."""
    said = entry.detail
    return Verified(said.get("sealed", 0), said.get("unsealed", 0), said.get("first_bad"), said.get("reason", ""))
