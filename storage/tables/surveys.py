"""Surveys: the file as opened, who was invited, what was answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, RowId, Table


class Survey(Table):
    """A survey file as applied. `mode` and `audience` are frozen when it opens.

    `results` holds the figures as they stood before the first rows were deleted for age; from then on they are shown.
    `invitations_forgotten` and `replies_forgotten` keep the counts right after such a deletion.
    """

    __tablename__ = "survey"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int]
    title: Mapped[str]
    mode: Mapped[str] = mapped_column(String(12))
    document: Mapped[str]
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    owner: Mapped[str]
    invitations_forgotten: Mapped[int] = mapped_column(default=0)
    replies_forgotten: Mapped[int] = mapped_column(default=0)
    results: Mapped[Facts | None]
    applied_at: Mapped[datetime]


class SurveyInvitation(Table):
    """Somebody who was asked. `replied` is a flag without a time, so that it tells nothing about a reply's moment.

    `about` is the session that an evaluation asks about; it is empty for a survey of its own.
    """

    __tablename__ = "survey_invitation"
    __table_args__ = (
        UniqueConstraint("survey_id", "person_id", "about"),
        Index("ix_survey_invitation_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    survey_id: Mapped[str] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    invited_at: Mapped[datetime]
    about: Mapped[str] = mapped_column(String(80), default="")
    reminders_sent: Mapped[int] = mapped_column(default=0)
    replied: Mapped[bool] = mapped_column(default=False)


class SurveyResponse(Table):
    """A reply: the answers sealed, the breakdowns copied when it was sent.

    In confidential mode nothing leads from here to a person: `respondent` and `receipt_mac` are keyed fingerprints,
    `person_id`, `reference`, `surface` and the times stay empty, and `id` is random. SQLite keeps the rows in the order
    of that id instead of the order in which they came.
    """

    __tablename__ = "survey_response"
    __table_args__ = (UniqueConstraint("survey_id", "respondent", "about"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[str] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    respondent: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(80), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    reference: Mapped[str | None] = mapped_column(String(20), unique=True)
    receipt_mac: Mapped[str | None] = mapped_column(String(64))
    answers: Mapped[str]
    cuts: Mapped[Facts] = mapped_column(default=dict)
    surface: Mapped[str | None] = mapped_column(String(10))
    submitted_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
