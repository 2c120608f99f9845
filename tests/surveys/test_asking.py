"""From a file to an invitation, a reminder and a close."""

from datetime import UTC, datetime

import pytest

from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.files.problems import FileProblems
from digests.surveys import close_due, forget, open_due, remind
from handlers import conversations
from handlers.conversations import Reply
from handlers.surveys.opening import CannotClose, CannotOpen, close_survey, invite, open_survey
from handlers.surveys.reading import NoSuchSurvey
from handlers.surveys.results import status_of
from handlers.surveys.showing import needs, words
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.surveys.asking import (
    NAMED,
    SURVEY,
    a_register,
    answer,
    answered,
    applied,
    invitations,
    messages,
    opened,
    responses,
    results,
)


async def test_the_same_file_twice_changes_nothing_and_a_draft_may_be_rewritten(store: Store) -> None:
    await a_register(store)
    assert await applied(store) == ["created"]
    assert await applied(store) == ["unchanged"]
    assert await applied(store, SURVEY.replace("What helps?", "What helps most?")) == ["changed"]
    assert await invitations(store) == [], "loading a file asks nobody"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("min_group: 5", "min_group: 6", "E307"),
        ("mode: confidential", "mode: named", "E307"),
        ("What helps?", "What helps most?", "E308"),
        ("{everyone: true}", "{roles: [manager]}", "E308"),
        ("2026-12-11T17:00", "2026-12-09T17:00", "E308"),
    ],
)
async def test_what_people_were_told_may_not_change_behind_them(
    store: Store, before: str, after: str, code: str
) -> None:
    people = await a_register(store)
    await opened(store)
    await answered(store, people[:1])
    with pytest.raises(FileProblems) as refused:
        await applied(store, SURVEY.replace(before, after).replace("version: 1", "version: 2"))
    assert {problem.code for problem in refused.value.problems} == {code}
    (problem,) = refused.value.problems
    assert problem.line > 1, "the place in the file is named"


async def test_an_open_survey_without_replies_may_be_mended_under_a_new_version(store: Store) -> None:
    await a_register(store)
    await opened(store)
    mended = SURVEY.replace("What helps?", "What helps most?")
    with pytest.raises(FileProblems, match="version: 2"):
        await applied(store, mended)
    assert await applied(store, mended.replace("version: 1", "version: 2")) == ["changed"]


async def test_a_survey_may_close_later_than_was_said(store: Store, clock: MovingClock) -> None:
    people = await a_register(store)
    await opened(store)
    await answered(store, people[:1])
    assert await applied(store, SURVEY.replace("2026-12-11T17:00", "2026-12-18T17:00")) == ["changed"]
    clock.set(datetime(2026, 12, 15, 9, 0, tzinfo=UTC))
    assert await close_due(store) == 0


async def test_opening_twice_invites_everybody_once(store: Store) -> None:
    await a_register(store, 12)
    assert (await opened(store)).invited == 12
    async with store.transaction() as uow:
        assert (await open_survey(uow, survey_id="autumn")).invited == 0
    sent = await messages(store, "survey.invitation")
    assert len(sent) == len(await invitations(store)) == 12
    assert all(row["lane"] == "routine" and row["not_after"] is not None for row in sent)


async def test_the_clock_opens_and_closes_it(store: Store, clock: MovingClock) -> None:
    await a_register(store)
    await applied(store, SURVEY.replace("schedule:", "schedule:\n  opens: 2026-11-30T09:00"))
    assert await open_due(store) == 0
    clock.set(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    assert [await open_due(store), await open_due(store)] == [1, 0]
    clock.set(datetime(2026, 12, 13, 3, 0, tzinfo=UTC))
    assert [await close_due(store), await close_due(store)] == [1, 0]
    async with store.reading() as uow:
        survey = await uow.surveys.get("autumn")
        assert survey is not None
        assert survey.closed_at == datetime(2026, 12, 11, 17, 0, tzinfo=UTC)


async def test_a_survey_that_asks_nobody_is_not_opened_and_says_why(store: Store) -> None:
    await a_register(store)
    await applied(store, SURVEY.replace("audience: {everyone: true}\n", ""))
    async with store.transaction() as uow:
        with pytest.raises(CannotOpen, match="everyone: true"):
            await open_survey(uow, survey_id="autumn")
        with pytest.raises(CannotClose, match="Open it first"):
            await close_survey(uow, survey_id="autumn")
        with pytest.raises(NoSuchSurvey, match="herald apply"):
            await open_survey(uow, survey_id="spring")


async def test_reminders_go_only_to_those_who_have_not_replied_twice_at_most_and_never_after_the_close(
    store: Store, clock: MovingClock
) -> None:
    people = await a_register(store, 6)
    await opened(store)
    await answered(store, people[:2])
    assert await remind(store) == 0, "not before the third day"
    clock.move(days=3)
    assert [await remind(store), await remind(store)] == [4, 0]
    await answered(store, people[2:3])
    clock.move(days=4)
    assert [await remind(store), await remind(store)] == [3, 0]
    reminded = {row["person_id"] for row in await messages(store, "survey.reminder")}
    assert reminded.isdisjoint(person.id for person in people[:2])
    clock.move(days=60)
    assert await remind(store) == 0
    assert len(await messages(store, "survey.reminder")) == 7


async def test_a_week_without_the_sweep_is_one_reminder_not_two(store: Store, clock: MovingClock) -> None:
    await a_register(store, 3)
    await opened(store)
    clock.move(days=8)
    assert [await remind(store), await remind(store)] == [3, 0]


async def test_who_switched_nudges_off_or_has_left_gets_no_reminder(store: Store, clock: MovingClock) -> None:
    people = await a_register(store, 3)
    await opened(store)
    async with store.transaction() as uow:
        first, second = await uow.people.get(people[0].id), await uow.people.get(people[1].id)
        assert first is not None
        assert second is not None
        first.nudges, second.left_at = False, uow.now
    clock.move(days=3)
    assert await remind(store) == 1


async def test_an_answer_takes_back_the_invitation_that_has_not_left_yet(store: Store) -> None:
    people = await a_register(store, 2)
    await opened(store)
    await answered(store, people[:1])
    states = {row["person_id"]: row["state"] for row in await messages(store, "survey.invitation")}
    assert states == {people[0].id: "superseded", people[1].id: "queued"}


async def test_closing_takes_back_every_message_that_has_not_left(store: Store) -> None:
    await a_register(store, 3)
    await opened(store)
    async with store.transaction() as uow:
        await close_survey(uow, survey_id="autumn")
    assert {row["state"] for row in await messages(store, "survey.invitation")} == {"superseded"}


async def begun(store: Store, person: Person) -> Prompt:
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=person, flow="survey", subject="autumn", surface=Surface.WEB)
        assert isinstance(shown, Prompt)
        key = f"begin-{person.id}"
        reply = Reply(shown.conversation_id, shown.revision, shown.step, Surface.WEB, "test", key, {"role": "manager"})
        moved = await conversations.answer(uow, person=person, reply=reply)
        assert isinstance(moved, Prompt)
        return moved


async def test_what_was_begun_before_the_close_may_be_finished_within_the_grace(
    store: Store, clock: MovingClock
) -> None:
    early, late = (await a_register(store, 2))[:2]
    await opened(store)
    clock.set(datetime(2026, 12, 11, 16, 50, tzinfo=UTC))
    await begun(store, early)
    clock.set(datetime(2026, 12, 11, 17, 30, tzinfo=UTC))
    await close_due(store)
    assert isinstance(await answer(store, late), Notice), "nobody begins after the close"
    assert isinstance(await answer(store, early), Receipt)
    assert len(await responses(store)) == 1


async def test_after_the_grace_nothing_is_taken_and_the_draft_keeps_its_answers(
    store: Store, clock: MovingClock
) -> None:
    (person,) = await a_register(store, 1)
    await opened(store)
    clock.set(datetime(2026, 12, 11, 16, 50, tzinfo=UTC))
    draft = await begun(store, person)
    clock.set(datetime(2026, 12, 11, 18, 0, tzinfo=UTC))
    shown = await answer(store, person)
    assert isinstance(shown, Notice)
    assert "closed" in shown.title
    async with store.reading() as uow:
        row = await uow.conversations.get(draft.conversation_id)
        assert row is not None
        assert uow.conversations.snapshot(row).answers["role"] == "manager"
    assert await responses(store) == []


async def test_the_word_survey_opens_the_one_that_waits_and_lists_several(store: Store) -> None:
    (person,) = await a_register(store, 1)
    await opened(store)
    async with store.reading() as uow:
        one = await words(uow, person, "")
    await opened(store, NAMED, "named-autumn")
    async with store.reading() as uow:
        several = await words(uow, person, "")
        waiting = await needs(uow, person)
    assert (type(one).__name__, type(several).__name__, len(waiting)) == ("Opens", "Listing", 2)
    await answered(store, [person])
    await answered(store, [person], subject="named-autumn")
    async with store.reading() as uow:
        assert await needs(uow, person) == ()
        assert (await words(uow, person, "")).title == "No survey waits for you"  # type: ignore[union-attr]  # a Listing


async def test_an_evaluation_is_asked_once_for_each_person_and_session(store: Store) -> None:
    people = await a_register(store, 3)
    async with store.transaction() as uow:
        first = await invite(uow, survey_id="briefing-feedback", people=people, about="signs-of-safety")
        again = await invite(uow, survey_id="briefing-feedback", people=people, about="signs-of-safety")
        other = await invite(uow, survey_id="briefing-feedback", people=people[:1], about="levels-of-need")
    assert (first, again, other) == (3, 0, 1)
    for session in ("signs-of-safety", "levels-of-need"):
        shown = await answer(store, people[0], subject=f"briefing-feedback/{session}", will_use="yes")
        assert isinstance(shown, Receipt)
    assert sorted(row["about"] for row in await responses(store)) == ["levels-of-need", "signs-of-safety"]


async def test_an_evaluation_can_be_read_session_by_session(store: Store) -> None:
    people = await a_register(store, 10)
    async with store.transaction() as uow:
        await invite(uow, survey_id="briefing-feedback", people=people[:5], about="one")
        await invite(uow, survey_id="briefing-feedback", people=people[5:], about="two")
    await answered(store, people[:5], subject="briefing-feedback/one", useful="5")
    await answered(store, people[5:], subject="briefing-feedback/two", useful="1")
    found = await results(store, "briefing-feedback")
    sessions = next(cut["cells"] for cut in found["cuts"] if cut["id"] == "session")
    assert [(each["value"], each["n"], each["questions"][0]["mean"]) for each in sessions] == [
        ("one", 5, 5.0),
        ("two", 5, 1.0),
    ]


async def test_an_evaluation_that_nobody_ships_is_refused(store: Store) -> None:
    people = await a_register(store, 1)
    async with store.transaction() as uow:
        with pytest.raises(NoSuchSurvey):
            await invite(uow, survey_id="no-such-thing", people=people, about="one")


BRIEFINGS = """herald_briefings: 1
briefings:
  - {id: signs, title: Signs of Safety, kind: briefing, starts: 2026-11-20T12:30, ends: 2026-11-20T13:30, place: Online, capacity: 20}
"""


async def test_evaluations_of_an_old_session_are_forgotten_while_the_survey_stays_open(
    store: Store, clock: MovingClock
) -> None:
    people = await a_register(store, 5)
    await applied(store, BRIEFINGS)
    async with store.transaction() as uow:
        await invite(uow, survey_id="briefing-feedback", people=people, about="signs")
    (message, *_) = await messages(store, "survey.invitation")
    assert message["facts"]["session"] == "Signs of Safety"
    await answered(store, people, subject="briefing-feedback/signs")
    (cut,) = [cut for cut in (await results(store, "briefing-feedback"))["cuts"] if cut["id"] == "session"]
    assert cut["cells"][0]["label"] == "Signs of Safety, 20/11/2026"
    clock.move(days=27)
    assert [await forget(store), await forget(store)] == [5, 0]
    clock.move(days=365)
    assert [await forget(store), await forget(store)] == [5, 0]
    async with store.reading() as uow:
        status = await status_of(uow, survey_id="briefing-feedback")
    assert (status.invited, status.replied) == (5, 5), "what was forgotten still counts"


async def test_replies_are_forgotten_in_time_and_the_figures_stay(store: Store, clock: MovingClock) -> None:
    people = await a_register(store, 6)
    await opened(store)
    await answered(store, people)
    async with store.transaction() as uow:
        await close_survey(uow, survey_id="autumn")
    before = await results(store)
    assert await forget(store) == 0
    clock.move(days=31)
    assert [await forget(store), await forget(store)] == [6, 0]
    clock.move(days=365)
    assert await forget(store) == 6
    assert (await responses(store), await invitations(store)) == ([], [])
    assert await results(store) == before
    async with store.reading() as uow:
        assert (await status_of(uow, survey_id="autumn")).state == "closed"
