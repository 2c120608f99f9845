"""An open survey with as many invited people as wanted, each with its first form open, and every form that follows.

The forms are worked out by the engine and the renderer that Herald itself uses, so that each answer is what Slack would
send; what the database must hold afterwards is known with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import northmere
from benchmarks.slack_payloads import OpenForm, filled_in
from bot.conversation import engine
from bot.conversation.conditions import Answer
from bot.conversation.flow import CHECK_ANSWERS, Flow, Surface
from bot.conversation.prompt import prompt_for
from bot.rendering.slack import modal
from bot.rendering.slack_reading import read_submission
from handlers.files import apply_file
from handlers.registry import TALKS
from handlers.surveys.opening import open_survey
from handlers.talk import About
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

FILE = Path(__file__).with_name("survey.yaml")
SURVEY = "how-we-work"
LINK = "https://herald.example.org/l/the-same-talk-on-the-web"


@dataclass(frozen=True, slots=True)
class SurveyTalk:
    """One person's whole survey: a form for each page, then the check of all answers; and the answers in the end."""

    person_id: int
    conversation_id: str
    forms: Sequence[OpenForm]
    answers: Mapping[str, Answer]

    @property
    def pages(self) -> Sequence[OpenForm]:
        """The forms that hold answers."""
        return self.forms[:-1]


class Missing(AssertionError):
    """An answer that was acknowledged is not in the database."""


async def seeded(url: str, count: int) -> list[SurveyTalk]:
    """A migrated database with the partnership, the open survey, and as many people in the middle of answering it."""
    store = northmere.store_at(url)
    try:
        await northmere.found(store)
        async with store.transaction() as uow:
            people = [northmere.person(uow, number) for number in range(count)]
            await uow.people.flush()
            await apply_file(uow, name=FILE.name, text=FILE.read_text(encoding="utf-8"))
            await open_survey(uow, survey_id=SURVEY)
            await uow.surveys.withdraw_messages(SURVEY)  # who was asked counts here, not how the asking is delivered
            flow = await TALKS["survey"].flow(uow, About(people[0], SURVEY))
            assert isinstance(flow, Flow), flow
            return [await _begun(uow, person, flow) for person in people]
    finally:
        await store.close()


async def _begun(uow: UnitOfWork, person: Person, flow: Flow) -> SurveyTalk:
    snapshot = engine.begin(flow)
    talk = await uow.conversations.begin(
        person_id=person.id,
        snapshot=snapshot,
        subject=SURVEY,
        surface=Surface.MODAL,
        expires_at=uow.now + flow.expires_after,
    )
    forms: list[OpenForm] = []
    while True:
        prompt = prompt_for(flow, snapshot, conversation_id=talk.id, revision=talk.revision + len(forms))
        forms.append(OpenForm(str(person.slack_id), modal(prompt, link=LINK)))
        if snapshot.step == CHECK_ANSWERS:
            return SurveyTalk(person.id, talk.id, forms, snapshot.answers)
        sent = read_submission(filled_in(forms[-1].view))
        outcome = engine.submit(flow, snapshot, engine.Given(sent.step, sent.raw))
        assert isinstance(outcome, engine.Moved), outcome
        snapshot = outcome.snapshot


async def answers_kept(url: str, talks: Iterable[SurveyTalk]) -> int:
    """How many answered pages the database holds, each with the answers that were sent. Raises Missing."""
    store = northmere.store_at(url)
    kept = 0
    try:
        async with store.reading() as uow:
            for talk in talks:
                row = await uow.conversations.get(talk.conversation_id)
                if row is None or uow.conversations.snapshot(row).answers != talk.answers:
                    raise Missing(f"talk {talk.conversation_id} lacks an answer that was acknowledged")
                kept += len(talk.pages)
    finally:
        await store.close()
    return kept


async def surveys_kept(url: str, talks: Iterable[SurveyTalk]) -> int:
    """How many whole surveys are in the database as replies, each with the answers that were sent. Raises Missing."""
    store = northmere.store_at(url)
    kept = 0
    try:
        async with store.reading() as uow:
            survey = await uow.surveys.get(SURVEY)
            assert survey is not None
            for talk in talks:
                reply = await uow.surveys.response(survey, talk.person_id)
                if reply is None or uow.surveys.answers(reply) != talk.answers:
                    raise Missing(f"the survey of talk {talk.conversation_id} was acknowledged and is not there")
                kept += 1
    finally:
        await store.close()
    return kept
