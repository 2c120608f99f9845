"""Escalation queries: the record, its stages, the people alerted at each, and the sealed words."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import RowId, Table


class Escalation(Table):
    """A professional disagreement. Its words are sealed in EscalationNote; here is what clocks and figures need."""

    __tablename__ = "escalation"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    raising_agency: Mapped[str] = mapped_column(String(60))
    other_agency: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    urgency: Mapped[str] = mapped_column(String(10))
    policy_version: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(40))
    revision: Mapped[int] = mapped_column(default=1)
    counterpart: Mapped[str | None] = mapped_column(String(254))
    raised_at: Mapped[datetime]
    state_since: Mapped[datetime]
    asked_raiser_at: Mapped[datetime | None]
    lead_told_at: Mapped[datetime | None]
    given_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads this class attribute by name


class EscalationStep(Table):
    """One stage that an escalation entered, with its clocks (UTC) and how it ended."""

    __tablename__ = "escalation_step"
    __table_args__ = (UniqueConstraint("escalation_id", "number"), Index("ix_escalation_step_open", "ended_at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"))
    number: Mapped[int]
    stage: Mapped[str] = mapped_column(String(40))
    opened_at: Mapped[datetime]
    acknowledge_by: Mapped[datetime]
    respond_by: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(RowId)
    responded_at: Mapped[datetime | None]
    responded_by: Mapped[int | None] = mapped_column(RowId)
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None] = mapped_column(String(20))


class EscalationContact(Table):
    """Somebody told at a step. `rung` is the place on the ladder; a skipped rung keeps its reason."""

    __tablename__ = "escalation_contact"
    __table_args__ = (UniqueConstraint("step_id", "address"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("escalation_step.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(254))
    side: Mapped[str] = mapped_column(String(10))
    rung: Mapped[int]
    alerted_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    skipped_because: Mapped[str | None]


class EscalationNote(Table):
    """Words of an escalation, sealed: the concern, the own reference, a response, a withdrawal."""

    __tablename__ = "escalation_note"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    sealed: Mapped[str]
    written_at: Mapped[datetime]
