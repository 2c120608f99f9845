"""All thirteen types of question in one talk: asked, folded, kept, and what a named survey makes of them."""

from datetime import UTC, datetime

import pytest

from bot.conversation import engine
from bot.conversation.flow import CHECK_ANSWERS
from bot.conversation.prompt import Prompt, Receipt, prompt_for
from bot.files.survey import parse_survey
from bot.files.survey_model import Type
from bot.flows.survey import survey_flow
from bot.flows.survey_asking import Offers
from bot.rendering.slack import modal
from bot.rendering.slack_limits import problems_in_view
from handlers.surveys.exporting import lines_of
from storage.tables.briefings import Booking
from storage.tables.people import Person
from storage.tables.pledges import Pledge
from storage.unit_of_work import Store
from tests.bookings.sessions import apply as sessions_applied
from tests.surveys.asking import a_register, opened, responses, results, rows
from tests.surveys.every_type import GIVEN, ID, KEPT, SESSION, TEXT
from tests.talking import talk

FILE = parse_survey(TEXT).value


async def asked_people(store: Store, count: int = 1, *, capacity: int = 20) -> list[Person]:
    people = await a_register(store, count)
    await sessions_applied(store, {"id": SESSION, "title": "Signs of Safety", "capacity": capacity})
    await opened(store, TEXT, ID)
    return people


def test_the_shared_survey_has_every_type() -> None:
    assert {question.kind for question in FILE.questions()} == set(Type)


async def test_every_type_is_asked_kept_and_made(store: Store) -> None:
    (ada,) = await asked_people(store)
    shown = await talk(store, ada, "survey", subject=ID, **GIVEN)
    assert isinstance(shown, Receipt)
    said = " ".join(shown.lines)
    assert "Your pledge is P-2026-0001" in said
    assert "Your seat is booked (B-2026-0001)" in said
    async with store.reading() as uow:
        (reply,) = await uow.surveys.replies(ID)
    assert reply.answers == KEPT
    (pledge,) = await rows(store, Pledge)
    assert (pledge["text"], pledge["person_id"], pledge["state"]) == ("I will ring first.", ada.id, "active")


async def test_a_changed_reply_neither_pledges_nor_books_again(store: Store) -> None:
    (ada,) = await asked_people(store)
    await talk(store, ada, "survey", subject=ID, **GIVEN)
    shown = await talk(store, ada, "survey", subject=ID, **{**GIVEN, "useful": "2"})
    assert isinstance(shown, Receipt)
    async with store.reading() as uow:
        (reply,) = await uow.surveys.replies(ID)
    assert reply.answers == {**KEPT, "useful": "2"}
    assert (len(await rows(store, Pledge)), len(await rows(store, Booking))) == (1, 1)


async def test_a_full_session_means_a_place_on_the_waiting_list_and_the_receipt_says_so(store: Store) -> None:
    ada, ben = await asked_people(store, 2, capacity=1)
    await talk(store, ada, "survey", subject=ID, **GIVEN)
    shown = await talk(store, ben, "survey", subject=ID, **GIVEN)
    assert isinstance(shown, Receipt)
    assert "You are number 1 on the waiting list (B-2026-0002)" in " ".join(shown.lines)


async def test_not_now_makes_nothing(store: Store) -> None:
    (ada,) = await asked_people(store)
    await talk(store, ada, "survey", subject=ID, **{**GIVEN, "promise__pick": "not_now", "seat__session": "not_now"})
    assert (await rows(store, Pledge), await rows(store, Booking)) == ([], [])
    async with store.reading() as uow:
        (reply,) = await uow.surveys.replies(ID)
    assert not {"promise", "seat"} & set(reply.answers)


async def test_a_value_is_not_ranked_twice(store: Store) -> None:
    (ada,) = await asked_people(store)
    shown = await talk(store, ada, "survey", subject=ID, **{**GIVEN, "order__3": "neglect"})
    assert isinstance(shown, Prompt)
    assert shown.errors == {
        "order__3": "You have chosen that already. Choose another for “What matters most to you now? – Third”"
    }
    assert await responses(store) == []


async def test_rankings_rows_pledges_and_seats_stand_in_the_results(store: Store) -> None:
    people = await asked_people(store, 6)
    for number, person in enumerate(people):
        order = {"order__1": "voice", "order__2": "neglect"} if number else {}
        await talk(store, person, "survey", subject=ID, **{**GIVEN, **order})
    found = {each["id"]: each for each in (await results(store, ID))["questions"]}
    assert found["more"]["text"] == "You said …. What would make it better?"
    first = {each["value"]: (each["n"], each["mean_place"]) for each in found["order"]["choices"]}
    assert first == {"voice": (5, 1.17), "threshold": (0, None), "neglect": (1, 1.83), "online": (0, 3.0)}
    sharing, meeting = found["together"]["rows"]
    assert (found["together"]["answered"], sharing["answered"], sharing["mean"]) == (6, 6, 3.0)
    assert (meeting["answered"], meeting["mean"]) == (None, None), "nobody gave a real answer"
    assert {each["value"]: each["n"] for each in found["promise"]["choices"]}["own_words"] == 6
    assert [each["n"] for each in found["seat"]["choices"]] == [6]


async def test_a_session_stands_in_the_results_with_its_local_day(store: Store) -> None:
    for person in await asked_people(store, 5):
        await talk(store, person, "survey", subject=ID, **GIVEN)
    async with store.transaction() as uow:
        (session,) = (await uow.briefings.by_ids([SESSION])).values()
        session.starts_at = datetime(2027, 6, 10, 23, 30, tzinfo=UTC)
    (seat,) = (each for each in (await results(store, ID))["questions"] if each["id"] == "seat")
    assert [each["label"].rpartition(", ")[2] for each in seat["choices"]] == ["11/06/2027"]


@pytest.mark.parametrize("step", [*(step.key for step in survey_flow(FILE).steps), CHECK_ANSWERS])
def test_every_step_is_a_form_that_slack_takes(step: str) -> None:
    flow = survey_flow(FILE, offers=Offers())
    prompt = prompt_for(flow, engine.begin(flow).at(step), conversation_id="abc", revision=1)
    assert not list(problems_in_view(modal(prompt, link="https://herald.example.org/talk/abc")))


async def test_the_file_that_is_passed_on_has_rows_and_places_of_their_own(store: Store) -> None:
    for person in await asked_people(store, 5):
        await talk(store, person, "survey", subject=ID, **GIVEN)
    lines = {(line.question, line.answer): line.number for line in lines_of(await results(store, ID))}
    assert lines["together:sharing", "Mean"] == 3.0
    assert lines["together", "Answered"] == 5
    assert lines["order", "Neglect (first place)"] == 5
    assert lines["order", "The voice of the child (mean place)"] == 2.0
