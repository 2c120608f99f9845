"""The audit log: append-only, sealed into a keyed hash chain by a sweep."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, RowId, Table


class AuditEntry(Table):
    """Who did what to which thing, when. `detail` holds ids, states and counts, never answers or free text.

    `place`, `previous` and `chain` are filled when the entry is sealed; until then it belongs to the unsealed tail.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_thing", "thing"), Index("ix_audit_entry_place", "place", unique=True))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(RowId)
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60))
    thing: Mapped[str] = mapped_column(String(100))
    detail: Mapped[Facts] = mapped_column(default=dict)
    place: Mapped[int | None]
    previous: Mapped[str | None] = mapped_column(String(64))
    chain: Mapped[str | None] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(8))


class AuditHead(Table):
    """The end of the sealed chain; updating this one row is the lock of the sealing sweep."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int]
    chain: Mapped[str] = mapped_column(String(64))
    sealed_up_to: Mapped[int | None] = mapped_column(ForeignKey("audit_entry.id"))
