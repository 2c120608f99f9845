"""Deadlines that the operations team lives by, their steps, and every nudge planned, sent or held back."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import RowId, Table


class Deadline(Table):
    """An obligation with an owner. Overdue is computed, never stored; a corrected anchor supersedes the row."""

    __tablename__ = "deadline"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    priority: Mapped[str | None]
    anchor: Mapped[date | None]
    every: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default="active")
    superseded_by: Mapped[str | None] = mapped_column(String(80))
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DeadlineStep(Table):
    """One thing to be done by one date. `due_before` is the exclusive bound in UTC; `due_on` the local day shown."""

    __tablename__ = "deadline_step"
    __table_args__ = (UniqueConstraint("deadline_id", "key"), Index("ix_deadline_step_open", "state", "due_before"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    deadline_id: Mapped[str] = mapped_column(ForeignKey("deadline.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))
    label: Mapped[str]
    window_from: Mapped[date | None]
    due_on: Mapped[date]
    due_before: Mapped[datetime]
    working_target: Mapped[date | None]
    statutory: Mapped[bool]
    provisional: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="active")
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(RowId)
    snoozes: Mapped[int] = mapped_column(default=0)
    snoozed_to: Mapped[date | None]
    handed_to: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    handed_at: Mapped[datetime | None]
    not_mine_at: Mapped[datetime | None]


class Nudge(Table):
    """One rung of the ladder for one step: sent, or held back with the reason."""

    __tablename__ = "nudge"

    step_id: Mapped[int] = mapped_column(ForeignKey("deadline_step.id", ondelete="CASCADE"), primary_key=True)
    rung: Mapped[str] = mapped_column(String(30), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    planned_for: Mapped[date]
    settled_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20))
