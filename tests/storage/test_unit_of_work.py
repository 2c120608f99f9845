"""What the unit of work promises, on both databases."""

import asyncio

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from bot.conversation.flow import Surface
from bot.conversation.snapshot import Snapshot
from storage import schema
from storage.deliveries import Message
from storage.tables.deliveries import Lane
from storage.unit_of_work import Store
from tests.factories import a_person


async def test_the_migrations_make_exactly_the_tables_that_the_program_knows(store: Store) -> None:
    await schema.check(store.engines)
    assert await schema.differences(store.engines) == []
    numbered = ScriptDirectory(str(schema.MIGRATIONS))
    assert schema.newest() == numbered.get_current_head()
    assert all(schema.known(script.revision) for script in numbered.walk_revisions())


async def test_a_failure_undoes_the_whole_unit(store: Store) -> None:
    async def stumbles() -> None:
        async with store.transaction() as uow:
            ada = await a_person(uow, "Ada")
            await uow.deliveries.tell(ada, Message("hello", "hello:1"))
            raise RuntimeError("the machine stumbles here")

    with pytest.raises(RuntimeError):
        await stumbles()
    async with store.reading() as uow:
        assert await uow.people.by_email("ada@example.org") is None
        assert await uow.deliveries.waiting() == 0


async def test_what_came_in_once_is_refused_the_second_time_even_at_the_same_moment(store: Store) -> None:
    async def comes_in() -> bool:
        async with store.transaction() as uow:
            return await uow.conversations.first_time("slack", "Ev0001")

    assert sorted(await asyncio.gather(*(comes_in() for _ in range(20)))) == [False] * 19 + [True]


async def test_references_are_gapless_and_never_given_twice(store: Store) -> None:
    async def takes() -> str:
        async with store.transaction() as uow:
            return await uow.conversations.next_reference("B", year=2026)

    given = await asyncio.gather(*(takes() for _ in range(25)))
    assert sorted(given) == [f"B-2026-{n:04d}" for n in range(1, 26)]


async def test_two_starts_at_once_are_one_talk(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow)

    async def starts() -> str:
        async with store.transaction() as uow:
            talk = await uow.conversations.begin(
                person_id=ada.id,
                snapshot=Snapshot("pledge", 1, "promise", {"promise": "Ask the young person first"}),
                subject="",
                surface=Surface.WEB,
                expires_at=uow.now,
            )
            return talk.id

    assert len(set(await asyncio.gather(*(starts() for _ in range(10))))) == 1


async def test_answers_are_sealed_in_the_row_and_open_only_there(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow)
        talk = await uow.conversations.begin(
            person_id=ada.id,
            snapshot=Snapshot("pledge", 1, "promise", {"promise": "marmalade", "with": ("a", "b")}),
            subject="",
            surface=Surface.WEB,
            expires_at=uow.now,
        )
        assert "marmalade" not in talk.answers
        assert uow.conversations.snapshot(talk).answers == {"promise": "marmalade", "with": ("a", "b")}


async def test_a_message_queued_twice_is_one_delivery_for_each_channel(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, slack_id="U1")
        first = await uow.deliveries.tell(ada, Message("hello", "hello:1"))
        again = await uow.deliveries.tell(ada, Message("hello", "hello:1"))
    assert (first.queued, again.queued) == (1, 0)


async def test_a_thousand_receipts_and_a_counter_survive_together(store: Store) -> None:
    async with store.transaction() as uow:
        for _ in range(3):
            await uow.conversations.count("escalation:call-now")
    async with store.reading() as uow:
        assert await uow.conversations.counted("escalation:call-now") == 3


async def test_alerts_wait_in_a_lane_of_their_own(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow, slack_id="U1")
        await uow.deliveries.tell(ada, Message("alert", "alert:1", lane=Lane.ALERT))
    async with store.reading() as uow:
        assert await uow.deliveries.oldest_due_alert() == uow.now


async def test_a_talk_that_somebody_else_moved_on_is_not_written_over(store: Store) -> None:
    async with store.transaction() as uow:
        ada = await a_person(uow)
        first, next_year = Snapshot("pledge", 1, "promise", {}), uow.now.replace(year=2027)
        begun = await uow.conversations.begin(
            person_id=ada.id, snapshot=first, subject="", surface=Surface.MODAL, expires_at=next_year
        )
        known = begun.revision
        second = Snapshot("pledge", 1, "date", {"promise": "Ask first"}, ("promise",))
        await uow.conversations.moved(begun, second, surface=Surface.WEB, expires_at=next_year)
        assert (begun.revision, begun.step, begun.surface) == (known + 1, "date", "web")
        set_committed_value(begun, "revision", known)  # as whoever read it before would have it
        with pytest.raises(StaleDataError):
            await uow.conversations.moved(begun, first, surface=Surface.MODAL, expires_at=next_year)
    async with store.reading() as uow:
        row = await uow.conversations.get(begun.id)
        assert row is not None
        assert (row.revision, uow.conversations.snapshot(row)) == (known + 1, second)
