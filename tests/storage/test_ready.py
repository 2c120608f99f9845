"""Rows that an answer reads at the driver are rows like any other: equal, one of each, changed and undone as expected."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from bot.conversation.flow import Surface
from bot.conversation.snapshot import Snapshot
from bot.keyring import Keyring
from storage.database import DatabaseBusy
from storage.deliveries import SendingPolicy
from storage.tables.base import Table
from storage.tables.conversations import Conversation
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.factories import a_person

SLACK_ID = "U0READY"


@dataclass(frozen=True)
class Begun:
    """Somebody's talk."""

    person_id: int
    talk: str


@pytest.fixture
async def begun(store: Store) -> Begun:
    return await begin(store)


@pytest.fixture
async def postgres_store(postgres_url: str, clock: MovingClock, keyring: Keyring) -> AsyncIterator[Store]:
    opened = Store(postgres_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=True, slack=True))
    yield opened
    await opened.close()


async def begin(store: Store) -> Begun:
    async with store.transaction() as uow:
        person = await a_person(uow, "Ada Ready", slack_id=SLACK_ID, roles=["practitioner", "coordinator"])
        snapshot = Snapshot(flow="survey", version=3, step="two", answers={"one": "yes"}, trail=("one",))
        expires = uow.now + timedelta(days=1)
        talk = await uow.conversations.begin(
            person_id=person.id, snapshot=snapshot, subject="a", surface=Surface.MODAL, expires_at=expires
        )
        return Begun(person.id, talk.id)


def columns(row: Table) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).columns}


async def person_of(uow: UnitOfWork, begun: Begun) -> Person:
    person = await uow.conversations.person_of(begun.talk, slack_id=SLACK_ID)
    assert person is not None
    return person


async def test_a_row_read_at_the_driver_equals_the_one_that_the_mapper_reads(store: Store, begun: Begun) -> None:
    async def read(uow: UnitOfWork) -> list[dict[str, object]]:
        person, talk = await person_of(uow, begun), await uow.conversations.get(begun.talk)
        assert talk is not None
        return [columns(person), columns(talk)]

    async with store.reading() as uow:
        person, talk = await uow.people.get(begun.person_id), await uow.session.get(Conversation, begun.talk)
        assert person is not None
        assert talk is not None
        assert await store.together(read) == [columns(person), columns(talk)]


async def test_there_is_one_of_each_row_however_it_is_asked_for(store: Store, begun: Begun) -> None:
    async def read(uow: UnitOfWork) -> None:
        person = await person_of(uow, begun)
        assert await person_of(uow, begun) is person
        assert await uow.people.get(begun.person_id) is person
        assert await uow.people.by_slack_id(SLACK_ID) is person
        assert await person_of(uow, begun) is person

    await store.together(read)


async def test_a_change_of_a_row_read_at_the_driver_is_stored(store: Store, begun: Begun) -> None:
    async def change(uow: UnitOfWork) -> None:
        (await person_of(uow, begun)).nudges = False

    await store.together(change)
    async with store.reading() as uow:
        person = await uow.people.get(begun.person_id)
        assert person is not None
        assert person.nudges is False


async def test_a_talk_read_at_the_driver_can_be_finished(store: Store, begun: Begun) -> None:
    async def finish(uow: UnitOfWork) -> None:
        await person_of(uow, begun)
        talk = await uow.conversations.get(begun.talk, lock=True)
        assert talk is not None
        uow.conversations.finish(talk, status="finished", reference="S-2026-0001", outcome={"title": "Thank you"})

    await store.together(finish)
    async with store.reading() as uow:
        talk = await uow.conversations.get(begun.talk)
        assert talk is not None
        assert (talk.status, talk.reference, talk.revision) == ("finished", "S-2026-0001", 2)
        assert uow.conversations.snapshot(talk).answers == {}


async def test_what_was_written_at_the_driver_is_undone_with_its_work(store: Store, begun: Begun) -> None:
    async def fail(uow: UnitOfWork) -> None:
        assert await uow.conversations.first_time("slack", "once")
        (await person_of(uow, begun)).nudges = False
        raise LookupError("after it wrote")

    with pytest.raises(LookupError):
        await store.together(fail)

    async def again(uow: UnitOfWork) -> bool:
        assert (await person_of(uow, begun)).nudges
        return await uow.conversations.first_time("slack", "once")

    assert await store.together(again), "the receipt of what failed is not kept"
    assert not await store.together(again)


async def test_intake_on_postgresql_waits_a_second_for_a_lock_and_says_so(postgres_store: Store) -> None:
    begun = await begin(postgres_store)
    async with postgres_store.transaction() as uow:
        assert await uow.conversations.get(begun.talk, lock=True)
        with pytest.raises(DatabaseBusy):
            await postgres_store.together(lambda other: person_of(other, begun))
    assert (await postgres_store.together(lambda uow: person_of(uow, begun))).id == begun.person_id


async def test_intake_on_postgresql_goes_on_after_its_connections_were_cut(postgres_store: Store) -> None:
    begun = await begin(postgres_store)

    async def cut(uow: UnitOfWork) -> None:
        await person_of(uow, begun)
        await uow.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError):
        await postgres_store.together(cut)
    assert (await postgres_store.together(lambda uow: person_of(uow, begun))).id == begun.person_id
