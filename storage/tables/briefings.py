"""Briefings and other sessions, bookings with their waiting list, registers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import RowId, Table


class Briefing(Table):
    """A session that people book. `booked` counts confirmed, live offers and held requests; its UPDATE is the lock."""

    __tablename__ = "briefing"
    __table_args__ = (CheckConstraint("capacity >= 1", name="capacity"), CheckConstraint("booked >= 0", name="booked"))

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    place: Mapped[str]
    capacity: Mapped[int]
    per_agency: Mapped[int | None]
    levels: Mapped[list[int]] = mapped_column(default=list)
    priority: Mapped[str | None]
    booking_opens_at: Mapped[datetime]
    booking_closes_at: Mapped[datetime]
    approval: Mapped[str] = mapped_column(String(10), default="none")
    evaluation: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(12), default="published")
    revision: Mapped[int] = mapped_column(default=1)
    booked: Mapped[int] = mapped_column(default=0)
    last_position: Mapped[int] = mapped_column(default=0)
    open_round_at: Mapped[datetime | None]
    evaluation_asked_at: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime]


class Booking(Table):
    """One person and one session: a single row through all its states, so the calendar UID never changes."""

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("briefing_id", "person_id"),
        Index("ix_booking_queue", "briefing_id", "state", "position"),
        Index("ix_booking_person", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    briefing_id: Mapped[str] = mapped_column(ForeignKey("briefing.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    agency_id: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12))
    position: Mapped[int | None]
    requested_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    offer_expires_at: Mapped[datetime | None]
    missed_offers: Mapped[int] = mapped_column(default=0)
    hold_expires_at: Mapped[datetime | None]
    late_cancellation: Mapped[bool] = mapped_column(default=False)
    calendar_uid: Mapped[str] = mapped_column(String(120))
    calendar_sequence: Mapped[int] = mapped_column(default=0)
    evaluated: Mapped[bool] = mapped_column(default=False)


class AgencyAttendance(Table):
    """A register without names: how many came from an agency."""

    __tablename__ = "agency_attendance"

    briefing_id: Mapped[str] = mapped_column(ForeignKey("briefing.id"), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    attended: Mapped[int]
