"""Answering: every type of question, once for each person, and nothing that leads back in confidential mode."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.conversation.flow import CHECK_ANSWERS, Surface
from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.keyring import Keyring
from handlers import conversations
from handlers.acts import Opens, Press
from handlers.conversations import Reply
from handlers.people_care import erase_person
from handlers.surveys.answering import ACT
from handlers.surveys.retention import erase_reply
from storage.deliveries import SendingPolicy
from storage.tables.base import Table
from storage.tables.surveys import SurveyResponse
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_person
from tests.surveys.asking import (
    NAMED,
    SURVEY,
    a_register,
    answer,
    answered,
    invitations,
    opened,
    responses,
    results,
    rows,
)

EXPECTED = {
    "role": "frontline",
    "helps": ("time", "team"),
    "useful": "4",
    "again": "yes",
    "years": 7,
    "since": "2019-03-27",
    "one_word": "steady",
}


async def kept(store: Store) -> list[dict[str, Any]]:
    async with store.reading() as uow:
        return [dict(reply.answers) for reply in await uow.surveys.replies("autumn")]


async def test_every_type_of_question_is_asked_and_kept(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    shown = await answer(store, people[0])
    assert isinstance(shown, Receipt)
    assert "Thank you for telling us." in shown.lines
    assert await kept(store) == [EXPECTED]
    assert all("steady" not in str(value) for row in await responses(store) for value in row.values()), "sealed"


async def test_what_depends_on_an_answer_is_asked_after_it_and_dropped_when_it_no_longer_holds(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    await answer(store, people[0], role="other", role_other="I cook", useful="2", why="More time")
    assert (await kept(store))[0] | {} == {
        **EXPECTED,
        "role": "other",
        "role_other": "I cook",
        "useful": "2",
        "why": "More time",
    }
    await answer(store, people[0], role="frontline", useful="5")
    assert await kept(store) == [{**EXPECTED, "useful": "5"}]


async def test_the_same_person_twice_is_one_reply_that_changes(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    await answer(store, people[0])
    again = await answer(store, people[0], useful="1", why="It was loud")
    assert isinstance(again, Receipt)
    assert again.title == "Your reply is changed"
    assert len(await responses(store)) == 1
    assert [row["replied"] for row in await invitations(store)] == [True]


async def test_whoever_changes_a_reply_finds_their_answers_in_the_form(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    await answer(store, people[0])
    async with store.transaction() as uow:
        done = await ACT.act(uow, Press(people[0], "autumn", "start", "k"))
    assert isinstance(done, Opens)
    assert dict(done.answers) == EXPECTED


async def test_sending_the_last_step_twice_at_once_is_one_reply(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    person = people[0]
    async with store.transaction() as uow:
        shown = await conversations.start(uow, person=person, flow="survey", subject="autumn", surface=Surface.WEB)
    for number in range(9):
        assert isinstance(shown, Prompt)
        if shown.step == CHECK_ANSWERS:
            break
        raw = {"useful": "4"} if any(each.question.key == "useful" for each in shown.fields) else {}
        reply = Reply(shown.conversation_id, shown.revision, shown.step, Surface.WEB, "test", f"k{number}", raw)
        async with store.transaction() as uow:
            shown = await conversations.answer(uow, person=person, reply=reply)
    assert isinstance(shown, Prompt)
    last = Reply(shown.conversation_id, shown.revision, shown.step, Surface.WEB, "test", "last", {})

    async def send() -> Any:
        async with store.transaction() as uow:
            return await conversations.answer(uow, person=person, reply=last)

    ends = await asyncio.gather(send(), send(), send())
    assert len({end.reference for end in ends if isinstance(end, Receipt)}) == 1
    assert len(ends) == 3
    assert len(await responses(store)) == 1


async def test_a_stranger_to_the_survey_cannot_answer_it(store: Store) -> None:
    await a_register(store, 1)
    await opened(store)
    async with store.transaction() as uow:
        stranger = await a_person(uow, "Zed")
    assert isinstance(await answer(store, stranger), Notice)
    assert await responses(store) == []


async def test_a_required_question_left_open_is_asked_again_with_everything_kept(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    shown = await answer(store, people[0], useful="")
    assert isinstance(shown, Prompt)
    assert list(shown.errors) == ["useful"]


async def test_a_childs_details_do_not_get_into_an_answer(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    shown = await answer(store, people[0], one_word="943 476 5919")
    assert isinstance(shown, Prompt)
    assert shown.found_identifiers
    assert await responses(store) == []


async def test_the_last_seat_of_a_limited_survey_is_given_once(store: Store) -> None:
    people = await a_register(store, 3)
    await opened(store, SURVEY.replace("pages:\n", "limits: {max_responses: 2, quotas: []}\npages:\n", 1))
    await answered(store, people[:2])
    shown = await answer(store, people[2])
    assert isinstance(shown, Notice)
    assert "enough" in shown.title
    await answered(store, people[:1], useful="5")
    assert len(await responses(store)) == 2


async def test_a_named_reply_has_a_person_and_a_reference_that_stays(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store, NAMED, "named-autumn")
    first = await answer(store, people[0], subject="named-autumn")
    second = await answer(store, people[0], subject="named-autumn", useful="5")
    assert isinstance(first, Receipt)
    assert isinstance(second, Receipt)
    assert first.reference == second.reference == "S-2026-0001"
    (row,) = await responses(store)
    assert (row["person_id"], row["reference"], row["surface"]) == (people[0].id, "S-2026-0001", "web")


def _values(found: Iterable[Any]) -> set[str]:
    return {str(value) for row in found for value in row.values() if value is not None and len(str(value)) > 7}


async def test_law_7_nothing_joins_a_confidential_reply_to_a_person(store: Store, clock: MovingClock) -> None:
    """Walks the whole schema: what stands on a reply stands on no row that leads to a person, and has no time or order."""
    people = await a_register(store, 12)
    await opened(store)
    receipts = []
    for person in people:
        clock.move(minutes=7)
        shown = await answer(store, person, one_word=f"word{person.id}")
        assert isinstance(shown, Receipt)
        receipts.append(shown.reference)
    kept_rows = await responses(store)
    shared = {"autumn", *(row["cuts"]["agency"] for row in kept_rows), "northmere-police"}
    own = _values({key: value for key, value in row.items() if key not in ("survey_id", "cuts")} for row in kept_rows)
    async with store.engines.reading() as session:
        for table in Table.metadata.sorted_tables:
            if table.name == SurveyResponse.__tablename__:
                continue
            found = list((await session.execute(table.select())).mappings())
            assert not (own & _values(found)) - shared, f"{table.name} holds something of a reply"
            told = " ".join(str(value) for row in found for value in row.values())
            assert not any(value in told for value in own), f"{table.name} holds something of a reply"
    assert not any(receipt in str(dict(row)) for receipt in receipts for row in kept_rows)
    for row in kept_rows:
        empty = ("person_id", "reference", "surface", "submitted_at", "changed_at")
        assert [row[name] for name in empty] == [None] * len(empty)
        assert set(row["cuts"]) == {"agency", "role"}
    said = [reply["one_word"] for reply in await kept(store)]
    assert said != [f"word{person.id}" for person in people], "no order of arrival"
    columns = {column.name for column in SurveyResponse.__table__.columns if column.foreign_keys}
    assert columns == {"survey_id", "person_id"}


async def test_on_sqlite_the_replies_are_not_even_numbered_in_the_order_they_came(
    sqlite_store: Store,
) -> None:
    people = await a_register(sqlite_store, 1)
    await opened(sqlite_store)
    await answer(sqlite_store, people[0])
    async with sqlite_store.engines.reading() as session:
        with pytest.raises(OperationalError, match="rowid"):
            await session.execute(text("SELECT rowid FROM survey_response"))


@pytest.mark.parametrize(("survey", "survey_id"), [(SURVEY, "autumn"), (NAMED, "named-autumn")])
async def test_whoever_gives_the_receipt_can_have_the_reply_erased(store: Store, survey: str, survey_id: str) -> None:
    people = await a_register(store, 2)
    await opened(store, survey, survey_id)
    mine, _ = [await answer(store, person, subject=survey_id) for person in people]
    assert isinstance(mine, Receipt)
    async with store.transaction() as uow:
        wrong = await erase_reply(uow, survey_id=survey_id, code="AAAA-BBBB-CCCC", by=people[0])
        right = await erase_reply(uow, survey_id=survey_id, code=f" {mine.reference.lower()} ", by=people[0])
        again = await erase_reply(uow, survey_id=survey_id, code=mine.reference, by=people[0])
    assert (wrong, right, again) == (False, True, False)
    assert len(await responses(store)) == 1


async def test_the_audit_log_says_that_somebody_answered_and_not_who(store: Store) -> None:
    people = await a_register(store, 1)
    await opened(store)
    await answer(store, people[0])
    async with store.reading() as uow:
        entries = [entry for entry in await uow.audit.latest(limit=20) if entry.action == "survey.answered"]
    assert [(entry.actor_id, entry.thing, entry.detail) for entry in entries] == [(None, "autumn", {})]


async def test_after_a_rotation_of_keys_the_same_person_still_has_one_reply(
    sqlite_store: Store, sqlite_url: str, clock: MovingClock, keyring: Keyring
) -> None:
    people = await a_register(sqlite_store, 1)
    await opened(sqlite_store)
    await answer(sqlite_store, people[0])
    ring = Keyring(("a newer secret of this test, long enough", *keyring.secrets))
    rotated = Store(sqlite_url, clock=clock, keyring=ring, sending=SendingPolicy(live=True, slack=True))
    await answer(rotated, people[0], useful="1", why="It was loud")
    assert len(await responses(rotated)) == 1
    assert (await kept(rotated))[0]["useful"] == "1"
    await rotated.close()


@pytest.mark.parametrize(("survey", "survey_id"), [(SURVEY, "autumn"), (NAMED, "named-autumn")])
async def test_erasing_a_person_takes_their_reply_along_under_whatever_name(
    store: Store, survey: str, survey_id: str
) -> None:
    people = await a_register(store, 2)
    await opened(store, survey, survey_id)
    await answered(store, people, subject=survey_id)
    async with store.transaction() as uow:
        await a_person(uow, "Cora", roles=["coordinator", "admin"])
        person = await uow.people.get(people[0].id)
        assert person is not None
        await erase_person(uow, person=person)
    assert len(await responses(store)) == 1
    assert (await results(store, survey_id))["invited"] == 1
    assert len(await rows(store, SurveyResponse)) == 1
