"""Pledges and the check-ins that ask about them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import RowId, Table


class Pledge(Table):
    """What somebody said they will do next. `closed_as` is never set to kept by silence."""

    __tablename__ = "pledge"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    theme: Mapped[str | None]
    plan_with: Mapped[str | None]
    plan_by: Mapped[date | None]
    barrier_expected: Mapped[str | None]
    visibility: Mapped[str] = mapped_column(String(12), default="private")
    priority: Mapped[str | None]
    source_event: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10), default="active")
    closed_as: Mapped[str | None] = mapped_column(String(10))
    closed_on: Mapped[date | None]
    supersedes: Mapped[str | None] = mapped_column(String(20))
    made_on: Mapped[date]
    made_at: Mapped[datetime]


class PledgeCheckIn(Table):
    """One stage (`w6`, `m6`, `m12`) at which a pledge is asked about."""

    __tablename__ = "pledge_check_in"
    __table_args__ = (UniqueConstraint("pledge_id", "stage"), Index("ix_pledge_check_in_due", "status", "due_on"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(String(4))
    due_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(10), default="due")
    sent_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(10))
    difference: Mapped[str | None] = mapped_column(String(12))
    difference_text: Mapped[str | None]
    barrier: Mapped[str | None] = mapped_column(String(20))
    quote_consent: Mapped[str] = mapped_column(String(8), default="no")
    snoozed_to: Mapped[date | None]
