"""Surveys: the file as opened, who was invited, what was answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, RowId, Table


class Survey(Table):
    """A survey file as applied. `mode` and `audience` are frozen when it opens."""

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
    applied_at: Mapped[datetime]


class SurveyInvitation(Table):
    """Somebody who was asked. `replied` is a flag without a time, so that it tells nothing about a reply's moment."""

    __tablename__ = "survey_invitation"
    __table_args__ = (UniqueConstraint("survey_id", "person_id"), Index("ix_survey_invitation_person", "person_id"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    survey_id: Mapped[str] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    invited_at: Mapped[datetime]
    about: Mapped[str] = mapped_column(String(80), default="")
    reminders_sent: Mapped[int] = mapped_column(default=0)
    replied: Mapped[bool] = mapped_column(default=False)


class SurveyResponse(Table):
    """A reply. In named mode it has a person; in confidential mode only a pseudonym (a keyed fingerprint)."""

    __tablename__ = "survey_response"
    __table_args__ = (UniqueConstraint("survey_id", "respondent"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    survey_id: Mapped[str] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    respondent: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    answers: Mapped[str]
    cuts: Mapped[Facts] = mapped_column(default=dict)
    surface: Mapped[str] = mapped_column(String(10))
    submitted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
