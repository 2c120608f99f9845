"""The outbox: one row for each message to one person over one channel, and one for each attempt to hand it over."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, RowId, Table


class Lane(StrEnum):
    """Which queue a delivery waits in. Alerts overtake everything; bulletins never hold anything up."""

    ALERT = "alert"
    PROMPT = "prompt"
    ROUTINE = "routine"
    BULLETIN = "bulletin"


class Channel(StrEnum):
    """How a delivery travels."""

    EMAIL = "email"
    SLACK = "slack"


class DeliveryState(StrEnum):
    """Where a delivery stands. `sent` is written only after the other side accepted it (law 4)."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    PRACTICE = "practice"


class Delivery(Table):
    """One message to one person over one channel.

    `due_at` means run time, retry time and lease expiry alike, so one index serves all three. `ledger_key` is unique:
    queued twice is sent once (law 2). `message_id` and `message_date` are fixed before the first attempt. `attempts`
    counts tries that cost something, `doubts` those of which nobody knows whether they arrived. `replaces` is the
    ledger key (without person and channel) of an earlier message: in Slack that one is rewritten in its place.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_waiting", "state", "channel", "lane", "due_at"),
        Index("ix_delivery_about", "about", "kind"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    ledger_key: Mapped[str] = mapped_column(String(200), unique=True)
    lane: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    address: Mapped[str | None] = mapped_column(String(254))
    about: Mapped[str] = mapped_column(String(80), default="")
    facts: Mapped[Facts] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12), default=DeliveryState.QUEUED)
    due_at: Mapped[datetime]
    not_after: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(40))
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    attempts: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[str | None] = mapped_column(String(200), index=True)
    message_date: Mapped[datetime | None]
    replaces: Mapped[str | None] = mapped_column(String(200))
    accepted_as: Mapped[str | None] = mapped_column(String(200))
    last_reply: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class DeliveryAttempt(Table):
    """One try to hand a delivery over, and what the other side said."""

    __tablename__ = "delivery_attempt"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20))
    reply: Mapped[str | None] = mapped_column(String(500))


class WorkerBeat(Table):
    """A worker's last completed cycle, for `/health/worker`; `paused` stops all sending from the operations pages."""

    __tablename__ = "worker_beat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[datetime]
    problem: Mapped[str | None]


class Switch(Table):
    """A setting that changes while Herald runs: `sending` = `paused`, or `sending:ID` for one bulletin alone."""

    __tablename__ = "switch"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[str]
    changed_at: Mapped[datetime]
