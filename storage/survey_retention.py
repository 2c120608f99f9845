"""Deleting what surveys no longer need: replies and invitations by age, by session, for one person, for one code."""

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.keyring import Keyring
from storage.surveys import Surveys
from storage.tables.surveys import Survey, SurveyInvitation, SurveyResponse


class SurveyRetention:
    """Deletions within one unit of work. Counts of what was there stay right: the survey remembers how many went."""

    def __init__(self, session: AsyncSession, surveys: Surveys, *, keyring: Keyring) -> None:
        self._session = session
        self._surveys = surveys
        self._keyring = keyring

    async def forget_reply(self, survey: Survey, code: str) -> bool:
        """Deletes the reply that a receipt code or a reference stands for; False when there is none."""
        purpose = f"survey-receipt:{survey.id}"
        macs = [Keyring((secret,)).mac(purpose, code) for secret in self._keyring.secrets]
        mine = or_(SurveyResponse.receipt_mac.in_(macs), SurveyResponse.reference == code)
        gone = delete(SurveyResponse).where(SurveyResponse.survey_id == survey.id, mine).returning(SurveyResponse.id)
        return bool((await self._session.execute(gone)).all())

    async def forget_replies_of(self, person_id: int) -> int:
        """Deletes every reply of somebody, named or under a pseudonym (UK GDPR article 17). Returns how many."""
        forgotten = 0
        for survey in await self._surveys.all():
            mine = self._surveys.pseudonyms(survey.id, person_id)
            gone = delete(SurveyResponse).where(
                SurveyResponse.survey_id == survey.id, SurveyResponse.respondent.in_(mine)
            )
            forgotten += len((await self._session.execute(gone.returning(SurveyResponse.id))).all())
        return forgotten

    async def forget_replies(self, survey_id: str) -> int:
        """Deletes all replies to a survey, because their time is over."""
        gone = delete(SurveyResponse).where(SurveyResponse.survey_id == survey_id).returning(SurveyResponse.id)
        return await self._forgotten(survey_id, replies=len((await self._session.execute(gone)).all()))

    async def forget_invitations(self, survey_id: str) -> int:
        """Deletes who was invited to a survey, because its time is over."""
        gone = delete(SurveyInvitation).where(SurveyInvitation.survey_id == survey_id).returning(SurveyInvitation.id)
        return await self._forgotten(survey_id, invitations=len((await self._session.execute(gone)).all()))

    async def _forgotten(self, survey_id: str, *, invitations: int = 0, replies: int = 0) -> int:
        survey = await self._surveys.get(survey_id)
        if survey is not None:
            survey.invitations_forgotten += invitations
            survey.replies_forgotten += replies
        return invitations + replies

    async def sessions(self, survey_id: str) -> list[str]:
        """Everything that a survey of evaluations was asked about."""
        asked = select(SurveyInvitation.about).where(SurveyInvitation.survey_id == survey_id)
        said = select(SurveyResponse.about).where(SurveyResponse.survey_id == survey_id)
        return sorted({*(await self._session.execute(asked.union(said))).scalars()} - {""})

    async def forget_session(self, survey_id: str, *, about: str, replies: bool) -> int:
        """Deletes who was asked about a session and, with `replies`, what they said. Returns how many rows."""
        asked = delete(SurveyInvitation).where(SurveyInvitation.survey_id == survey_id, SurveyInvitation.about == about)
        forgotten = await self._forgotten(
            survey_id,
            invitations=len((await self._session.execute(asked.returning(SurveyInvitation.id))).all()),
        )
        if replies:
            said = delete(SurveyResponse).where(SurveyResponse.survey_id == survey_id, SurveyResponse.about == about)
            rows = (await self._session.execute(said.returning(SurveyResponse.id))).all()
            forgotten += await self._forgotten(survey_id, replies=len(rows))
        return forgotten
