"""Conversations and the receipts that make twice into once."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, Table

OPEN = text("status = 'open'")


class Conversation(Table):
    """One talk with one person. The row is the truth; Slack, the web and e-mail show it.

    `answers` is sealed text. `revision` rises by one with every change and is checked before each.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index(
            "uq_conversation_open",
            "person_id",
            "flow",
            "subject",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("ix_conversation_status_expires", "status", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    flow: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(String(150), default="")
    step: Mapped[str] = mapped_column(String(60))
    answers: Mapped[str]
    trail: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(20), default="open")
    revision: Mapped[int] = mapped_column(default=1)
    surface: Mapped[str] = mapped_column(String(10))
    place: Mapped[Facts] = mapped_column(default=dict)
    reference: Mapped[str | None] = mapped_column(String(20))
    outcome: Mapped[Facts | None]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads this class attribute by name


class InboundReceipt(Table):
    """Something that came in, by the key that its sender gave it. Inserting it twice is refused by the database."""

    __tablename__ = "receipt"

    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)


class ReferenceCounter(Table):
    """The last number given out for a letter and a year: `E-2026-0017`."""

    __tablename__ = "reference_counter"

    letter: Mapped[str] = mapped_column(String(2), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Counter(Table):
    """A number that is counted without person, text or time: how often the 999 page was shown."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    n: Mapped[int]
