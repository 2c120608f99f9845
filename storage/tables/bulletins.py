"""Bulletins: editions and their images. Who gets one is a row each in the outbox (lane `bulletin`)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, Table


class Bulletin(Table):
    """An edition of a series. Any change to its text voids the approval; the approver is never the author."""

    __tablename__ = "bulletin"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    series_id: Mapped[str] = mapped_column(String(60), index=True)
    title: Mapped[str]
    source: Mapped[str]
    content_hash: Mapped[str] = mapped_column(String(64))
    audience: Mapped[Facts]
    send_at: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    author: Mapped[str]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    approved_hash: Mapped[str | None] = mapped_column(String(64))
    frozen_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class BulletinImage(Table):
    """An image of a bulletin, served from the archive under a name that says nothing about the reader."""

    __tablename__ = "bulletin_image"

    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    served_as: Mapped[str] = mapped_column(String(80), unique=True)
    media_type: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes] = mapped_column(LargeBinary)
