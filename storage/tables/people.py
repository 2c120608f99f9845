"""The register: people, their agencies, roles and bulletin series; how they sign in."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Facts, RowId, Table


class PartnershipRow(Table):
    """The partnership file as last applied; one row. `document` is the file's own text."""

    __tablename__ = "partnership"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    document: Mapped[str]
    applied_at: Mapped[datetime]


class PolicyRow(Table):
    """A version of the escalation policy. A running escalation keeps the version that it began with."""

    __tablename__ = "escalation_policy"

    version: Mapped[str] = mapped_column(String(60), primary_key=True)
    document: Mapped[Facts]
    first_applied_at: Mapped[datetime]


class Agency(Table):
    """An agency of the partnership."""

    __tablename__ = "agency"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str]
    sector: Mapped[str]
    role_mailbox: Mapped[str | None]


class Person(Table):
    """Somebody in the register. `email` is lower case; `link_epoch` is raised to revoke all links sent so far."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_slack_id", "slack_id", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str]
    agency_id: Mapped[str | None] = mapped_column(ForeignKey("agency.id"), index=True)
    sector: Mapped[str | None]
    area: Mapped[str | None]
    job_title: Mapped[str | None]
    level: Mapped[int | None]
    roles: Mapped[list[str]] = mapped_column(default=lambda: ["practitioner"])
    manager_email: Mapped[str | None]
    deputy_email: Mapped[str | None]
    champion: Mapped[str] = mapped_column(String(20), default="no")
    slack_id: Mapped[str | None] = mapped_column(String(40))
    slack_looked_up_at: Mapped[datetime | None]
    prefers: Mapped[str | None] = mapped_column(String(10))
    nudges: Mapped[bool] = mapped_column(default=True)
    away_until: Mapped[date | None]
    leaves_on: Mapped[date | None]
    left_at: Mapped[datetime | None]
    link_epoch: Mapped[int] = mapped_column(default=0)
    welcomed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SeriesSubscription(Table):
    """Who receives a bulletin series. A row with `left_at` is an unsubscribe, and always narrows an audience.

    One whose `since` is its `left_at` was made by leaving: that person was never on the list.
    """

    __tablename__ = "series_subscription"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    since: Mapped[datetime]
    left_at: Mapped[datetime | None]


class SuppressedAddress(Table):
    """An address that a relay refused for good: a keyed fingerprint, so that it outlives the person's erasure."""

    __tablename__ = "suppressed_address"

    address_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str]
    since: Mapped[datetime]


class SigninLink(Table):
    """A one-time sign-in link: only the fingerprint of its token; bound to the asking browser when it was mailed."""

    __tablename__ = "signin_link"

    token_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    browser_mac: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebSession(Table):
    """A browser that has signed in, or that came by a link and may do just what the link was for (`allowed`)."""

    __tablename__ = "web_session"

    token_mac: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    signed_in: Mapped[bool]
    allowed: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StrangerRequest(Table):
    """Somebody unknown to the register who asked to be let in, for a coordinator to decide."""

    __tablename__ = "stranger_request"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    slack_id: Mapped[str | None]
    asked_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
