"""Surveys, invitations and responses within one unit of work."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, cast, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.conditions import Answer, Answers
from bot.conversation.snapshot import Snapshot, answers_from_json
from bot.keyring import Keyring
from storage.database import insert_into
from storage.ready import Ready, both, both_rows
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import Person
from storage.tables.surveys import Survey, SurveyInvitation, SurveyResponse

DRAFT, OPEN, CLOSED = "draft", "open", "closed"
CONFIDENTIAL = "confidential"
UNSENT = (DeliveryState.QUEUED, DeliveryState.CLAIMED)
ID_BYTES = 16
CLOSED_WITHOUT_REPLY = 99  # instead of the number of reminders: more than a survey can send (two)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its survey: what somebody was asked."""

    invitation: SurveyInvitation
    survey: Survey


@dataclass(frozen=True, slots=True)
class Reply:
    """What one reply says, without saying whose it is: the answers, the breakdowns, the session it is about."""

    answers: Answers
    cuts: dict[str, Any]
    about: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Somebody who was invited and has not replied."""

    invitation: SurveyInvitation
    person: Person


HOW_ASKED = (
    Survey.id == SurveyInvitation.survey_id,
    SurveyInvitation.survey_id == bindparam("survey_id"),
    SurveyInvitation.person_id == bindparam("person_id"),
    SurveyInvitation.about == bindparam("about"),
)
ASKED = Ready(both(SurveyInvitation, Survey).where(*HOW_ASKED))
ASKED_LOCKED = select(SurveyInvitation, Survey).where(*HOW_ASKED).with_for_update(of=SurveyInvitation)


def messages_about(invitation: SurveyInvitation) -> str:
    """What the messages of one invitation are about, so that they can be taken back one by one."""
    return f"survey:{invitation.id}"


class Surveys:
    """Queries over surveys within one unit of work."""

    def __init__(self, session: AsyncSession, *, now: datetime, keyring: Keyring) -> None:
        self._session = session
        self._now = now
        self._keyring = keyring

    # Surveys

    async def get(self, survey_id: str, *, lock: bool = False) -> Survey | None:
        """One survey; with `lock` nobody else changes it until this unit of work ends."""
        return await self._session.get(Survey, survey_id, with_for_update=lock, populate_existing=lock)

    async def add(self, survey: Survey) -> None:
        """Keeps a new survey."""
        self._session.add(survey)
        await self._session.flush()

    async def all(self) -> Sequence[Survey]:
        """Every survey, the one applied last first."""
        return (
            (await self._session.execute(select(Survey).order_by(Survey.applied_at.desc(), Survey.id))).scalars().all()
        )

    async def ids(self) -> list[str]:
        """The ids of all surveys."""
        return list((await self._session.execute(select(Survey.id).order_by(Survey.id))).scalars())

    async def in_state(self, state: str) -> Sequence[Survey]:
        """Every survey in a state."""
        return (
            (await self._session.execute(select(Survey).where(Survey.state == state).order_by(Survey.id)))
            .scalars()
            .all()
        )

    async def to_open(self) -> list[str]:
        """Drafts whose time to open has come and whose time to close has not."""
        query = select(Survey.id).where(
            Survey.state == DRAFT,
            Survey.opens_at <= self._now,
            or_(Survey.closes_at.is_(None), Survey.closes_at > self._now),
        )
        return list((await self._session.execute(query.order_by(Survey.id))).scalars())

    async def to_close(self) -> list[str]:
        """Open surveys whose time is over."""
        query = select(Survey.id).where(Survey.state == OPEN, Survey.closes_at <= self._now)
        return list((await self._session.execute(query.order_by(Survey.id))).scalars())

    # Invitations

    async def invite(self, survey_id: str, people: Iterable[Person], *, about: str = "") -> list[SurveyInvitation]:
        """Records who is asked; whoever was asked before is passed over. Returns the new invitations."""
        rows = [
            {
                "survey_id": survey_id,
                "person_id": person.id,
                "about": about,
                "invited_at": self._now,
                "reminders_sent": 0,
                "replied": False,
            }
            for person in people
        ]
        if not rows:
            return []
        statement = insert_into(self._session, SurveyInvitation).on_conflict_do_nothing()
        new = await self._session.execute(statement.returning(SurveyInvitation.id), rows)
        ids = list(new.scalars())
        found: list[SurveyInvitation] = []
        for start in range(0, len(ids), 500):
            query = select(SurveyInvitation).where(SurveyInvitation.id.in_(ids[start : start + 500]))
            found += (await self._session.execute(query)).scalars().all()
        return found

    async def invitation(
        self, survey_id: str, *, person_id: int, about: str = "", lock: bool = False
    ) -> SurveyInvitation | None:
        """What somebody was asked, or None when they were not."""
        query = select(SurveyInvitation).where(
            SurveyInvitation.survey_id == survey_id,
            SurveyInvitation.person_id == person_id,
            SurveyInvitation.about == about,
        )
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def asked(self, survey_id: str, *, person_id: int, about: str = "", lock: bool = False) -> Invited | None:
        """What somebody was asked together with the survey, in one look-up; None when they were not."""
        given = {"survey_id": survey_id, "person_id": person_id, "about": about}
        if not lock:
            found = await both_rows(self._session, ASKED, given, of=(SurveyInvitation, Survey))
            return None if found is None else Invited(*found)
        locked = await self._session.execute(ASKED_LOCKED, given, execution_options={"populate_existing": True})
        row = locked.first()
        return None if row is None else Invited(row[0], row[1])

    async def invitations_of(self, person_id: int) -> list[Invited]:
        """Everything that somebody is asked in open surveys, the latest first."""
        query = (
            select(SurveyInvitation, Survey)
            .join(Survey, Survey.id == SurveyInvitation.survey_id)
            .where(SurveyInvitation.person_id == person_id, Survey.state == OPEN)
            .where(or_(Survey.closes_at.is_(None), Survey.closes_at > self._now))
            .order_by(SurveyInvitation.invited_at.desc(), SurveyInvitation.id.desc())
        )
        return [Invited(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def silent(self, survey_id: str, *, invited_before: datetime, reminders: int) -> list[Silent]:
        """People present who have not replied, invited before an instant, with fewer reminders than this."""
        query = (
            select(SurveyInvitation, Person)
            .join(Person, Person.id == SurveyInvitation.person_id)
            .where(
                SurveyInvitation.survey_id == survey_id,
                SurveyInvitation.replied.is_(False),
                SurveyInvitation.reminders_sent < reminders,
                SurveyInvitation.invited_at <= invited_before,
                Person.left_at.is_(None),
            )
            .order_by(SurveyInvitation.id)
        )
        return [Silent(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def counts(self, survey_id: str) -> tuple[int, int]:
        """How many were invited, and how many replied; rows deleted for age still count."""
        invited, replied = await self.rows(survey_id)
        survey = await self.get(survey_id)
        if survey is None:
            return invited, replied
        return invited + survey.invitations_forgotten, replied + survey.replies_forgotten

    async def rows(self, survey_id: str) -> tuple[int, int]:
        """How many invitations and replies are still kept."""
        invited = select(func.count()).select_from(SurveyInvitation).where(SurveyInvitation.survey_id == survey_id)
        replied = select(func.count()).select_from(SurveyResponse).where(SurveyResponse.survey_id == survey_id)
        return (
            (await self._session.execute(invited)).scalar_one(),
            (await self._session.execute(replied)).scalar_one(),
        )

    async def counts_by_agency(self, survey_id: str) -> dict[str, tuple[int, int]]:
        """Invited and replied for each agency ("" for people without one)."""
        replied = func.sum(cast(SurveyInvitation.replied, Integer))
        query = (
            select(Person.agency_id, func.count(), replied)
            .join(Person, Person.id == SurveyInvitation.person_id)
            .where(SurveyInvitation.survey_id == survey_id)
            .group_by(Person.agency_id)
        )
        return {row[0] or "": (row[1], int(row[2] or 0)) for row in (await self._session.execute(query)).all()}

    async def withdraw_messages(self, survey_id: str) -> int:
        """Takes back invitations and reminders that are not sent yet. Returns how many."""
        mine = select(literal("survey:", String) + cast(SurveyInvitation.id, String)).where(
            SurveyInvitation.survey_id == survey_id
        )
        taken = await self._session.execute(
            update(Delivery)
            .where(Delivery.about.in_(mine), Delivery.state.in_(UNSENT))
            .values(state=DeliveryState.SUPERSEDED, lease=None)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        return len(taken.all())

    def remind_no_more(self, invitation: SurveyInvitation) -> None:
        """Closes an invitation without a reply: the survey had enough answers when this one came."""
        invitation.reminders_sent = CLOSED_WITHOUT_REPLY

    # Responses

    def respondent(self, survey: Survey, person_id: int) -> str:
        """The pseudonym under which somebody's reply is kept: a keyed fingerprint, another one in every survey."""
        return self.pseudonyms(survey.id, person_id)[0]

    def receipt_mac(self, survey: Survey, code: str) -> str:
        """The fingerprint of a receipt code."""
        return self._keyring.mac(f"survey-receipt:{survey.id}", code)

    async def response(self, survey: Survey, person_id: int, *, about: str = "") -> SurveyResponse | None:
        """Somebody's reply. After a rotation of keys it is found under the older one and goes on under the newest."""
        mine = self.pseudonyms(survey.id, person_id)
        query = select(SurveyResponse).where(
            SurveyResponse.survey_id == survey.id, SurveyResponse.respondent.in_(mine), SurveyResponse.about == about
        )
        return (await self._session.execute(query)).scalars().first()

    async def keep(
        self, survey: Survey, person_id: int, *, about: str, answers: Answers, cuts: dict[str, Any]
    ) -> tuple[SurveyResponse, bool]:
        """Keeps somebody's reply, or their changed one in its place. Returns it and whether it is new."""
        known = await self.response(survey, person_id, about=about)
        row = known or SurveyResponse(id=secrets.token_hex(ID_BYTES), survey_id=survey.id, about=about)
        row.respondent = self.respondent(survey, person_id)
        row.version = survey.version
        row.cuts = cuts
        row.answers = self._keyring.seal(_as_json(answers), about=_about(row.id))
        if known is None:
            self._session.add(row)
        return row, known is None

    async def flush(self) -> None:
        """Sends pending changes to the database, so that a broken rule shows now."""
        await self._session.flush()

    def answers(self, response: SurveyResponse) -> dict[str, Answer]:
        """The answers of a reply, opened. Raises CannotOpen when the key is missing."""
        return answers_from_json(self._keyring.open(response.answers, about=_about(response.id)))

    async def replies(self, survey_id: str) -> list[Reply]:
        """What every reply says, in an order that tells nothing: by its random id."""
        query = select(SurveyResponse).where(SurveyResponse.survey_id == survey_id).order_by(SurveyResponse.id)
        rows = (await self._session.execute(query)).scalars()
        return [Reply(self.answers(row), dict(row.cuts), row.about) for row in rows]

    async def number_of_replies(self, survey_id: str, *, cut: str = "", value: str = "") -> int:
        """How many replies there are, in all or with one value of a breakdown. Counted there: it is asked often."""
        query = select(func.count()).select_from(SurveyResponse).where(SurveyResponse.survey_id == survey_id)
        if cut:
            query = query.where(SurveyResponse.cuts[cut].as_string() == value)
        return (await self._session.execute(query)).scalar_one()

    def pseudonyms(self, survey_id: str, person_id: int) -> list[str]:
        """The pseudonyms of somebody in a survey under every key that is still known, the newest first."""
        purpose = f"survey-pseudonym:{survey_id}"
        return [Keyring((secret,)).mac(purpose, str(person_id)) for secret in self._keyring.secrets]


def _as_json(answers: Answers) -> str:
    return Snapshot(flow="survey", version=1, step="", answers=answers).answers_json()


def _about(response_id: str) -> str:
    return f"survey-response/{response_id}/answers"
