"""Escalation queries: the record, its stages, the people alerted at each, the sealed words, and what was learned."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.expression import false

from storage.tables.base import RowId, Table


class Escalation(Table):
    """A professional disagreement. Its words are sealed in EscalationNote; here is what clocks and figures need.

    `practice`: raised in practice mode, so that it can never alert anybody in live mode. Who speaks for the raiser's
    side is the raiser, until EscalationHolder says otherwise.
    """

    __tablename__ = "escalation"
    __table_args__ = (Index("ix_escalation_state", "state"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    raised_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    raising_agency: Mapped[str] = mapped_column(String(60))
    other_agency: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    urgency: Mapped[str] = mapped_column(String(10))
    consulted: Mapped[str | None] = mapped_column(String(10))
    consulted_on: Mapped[date | None]
    practice: Mapped[bool] = mapped_column(default=False, server_default=false())
    policy_version: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    stage: Mapped[str] = mapped_column(String(40))
    revision: Mapped[int] = mapped_column(default=1)
    counterpart: Mapped[str | None] = mapped_column(String(254))
    raised_at: Mapped[datetime]
    state_since: Mapped[datetime]
    asked_raiser_at: Mapped[datetime | None]
    lead_told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - SQLAlchemy reads this class attribute by name


class EscalationHolder(Table):
    """Somebody who took over from the raiser, and from when: the latest row speaks for their side.

    One that only `stands in` does so while whose matter it is are away or gone; the next row says when that ended.
    A table of its own, so that nobody inherits this by the number of somebody who was erased.
    """

    __tablename__ = "escalation_holder"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    because: Mapped[str] = mapped_column(String(20))
    given_by: Mapped[int | None] = mapped_column(RowId)
    since: Mapped[datetime]


class EscalationStep(Table):
    """One stage that an escalation entered, with its clocks (UTC), how it began and how it ended.

    `acknowledge_by` and `respond_by` are what was promised when it opened and never change, so figures can trust them;
    more time given once stands in `extended_until`. `named` is whom the raiser named for this stage, by e-mail.
    `warned_at`: warned that the answer is due soon. `timed_out_at`: both sides were told that the time is over.
    """

    __tablename__ = "escalation_step"
    __table_args__ = (UniqueConstraint("escalation_id", "number"), Index("ix_escalation_step_open", "ended_at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"))
    number: Mapped[int]
    stage: Mapped[str] = mapped_column(String(40))
    named: Mapped[str | None] = mapped_column(String(254))
    opened_at: Mapped[datetime]
    opened_by: Mapped[int | None] = mapped_column(RowId)
    opened_as: Mapped[str | None] = mapped_column(String(20))
    acknowledge_by: Mapped[datetime]
    respond_by: Mapped[datetime]
    extended_until: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    timed_out_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(RowId)
    responded_at: Mapped[datetime | None]
    responded_by: Mapped[int | None] = mapped_column(RowId)
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None] = mapped_column(String(20))

    @property
    def answer_by(self) -> datetime:
        """When the time to answer is over, with the time that the raiser gave."""
        return self.extended_until or self.respond_by


class EscalationContact(Table):
    """Somebody at a step, on the raiser's side (`own`) or on the other. A skipped one keeps its reason.

    `rung` is the place on the ladder (person, deputy, role mailbox, operations team), `because` how they came onto it.
    `acknowledge_by` is their own clock, from when they were told.
    """

    __tablename__ = "escalation_contact"
    __table_args__ = (UniqueConstraint("step_id", "side", "address"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("escalation_step.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(254))
    side: Mapped[str] = mapped_column(String(10))
    rung: Mapped[int]
    because: Mapped[str | None] = mapped_column(String(20))
    delegated_by: Mapped[int | None] = mapped_column(RowId)
    alerted_at: Mapped[datetime | None]
    acknowledge_by: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    skipped_because: Mapped[str | None]


class EscalationNote(Table):
    """Words of an escalation, sealed: the concern, the own reference, an answer, a reason. `step` is its number."""

    __tablename__ = "escalation_note"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"), index=True)
    step: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    sealed: Mapped[str]
    written_at: Mapped[datetime]


class EscalationLearning(Table):
    """What an escalation taught. The theme is a choice and is counted; what changed is sealed like all words here.

    That it is owed, by whom and until when is a deadline like any other (`deadline_id`).
    """

    __tablename__ = "escalation_learning"

    escalation_id: Mapped[int] = mapped_column(
        ForeignKey("escalation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    deadline_id: Mapped[str | None] = mapped_column(ForeignKey("deadline.id", ondelete="SET NULL"))
    theme: Mapped[str | None] = mapped_column(String(40))
    sealed: Mapped[str | None]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    written_at: Mapped[datetime | None]
