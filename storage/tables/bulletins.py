"""Bulletins: editions, images, what was sent of them, what readers say. Who gets one is a row each in the outbox."""

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


class BulletinWorkingText(Table):
    """A text of an edition that is not right yet, kept so that nothing typed is lost. Gone once a right one is kept.

    Never one that the identifier check has flagged (law 8).
    """

    __tablename__ = "bulletin_working_text"

    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class BulletinApprovedText(Table):
    """The text of an edition as it was approved last: a changed one is compared with it before the next approval."""

    __tablename__ = "bulletin_approved_text"

    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str]
    at: Mapped[datetime]


class BulletinAsSent(Table):
    """An edition as it went out, without anybody's name or links: what the archive shows, whatever changes later.

    `words` is the text in small letters, for the search. `content_hash` is the fingerprint of what was approved.
    """

    __tablename__ = "bulletin_as_sent"

    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    title: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    words: Mapped[str]
    content_hash: Mapped[str] = mapped_column(String(64))
    kept_at: Mapped[datetime]


class StoryOpinion(Table):
    """How many readers found a story useful, and how many did not. `story` is its number in the edition, from 1."""

    __tablename__ = "story_opinion"

    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    story: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    useful: Mapped[int] = mapped_column(default=0)
    not_useful: Mapped[int] = mapped_column(default=0)


class StoryOpinionGiven(Table):
    """That a reader has said what they think of a story, so that it is counted once; never what they said.

    `reader_mac` is a keyed fingerprint of person, edition and story: rows of one person have nothing in common. SQLite
    keeps them in the order of these fingerprints instead of the order in which people spoke.
    """

    __tablename__ = "story_opinion_given"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads this class attribute by name

    reader_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    bulletin_id: Mapped[str] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), index=True)
