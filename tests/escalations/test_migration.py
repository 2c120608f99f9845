"""A partnership upgrades with escalations running: nothing that hangs on them is lost on either database."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from storage import schema
from storage.database import Engines

BEFORE = (
    "INSERT INTO person (id, email, name, roles, champion, nudges, link_epoch, created_at, updated_at) "
    "VALUES (7, 'ada@example.org', 'Ada', '[]', 'no', true, 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
    "INSERT INTO escalation (id, reference, raised_by, raising_agency, other_agency, kind, urgency, policy_version, "
    "state, stage, revision, raised_at, state_since, given_until) VALUES (1, 'E-2026-0001', 7, 'a', 'b', 'delay', "
    "'standard', '2026-1', 'awaiting_ack', 'managers', 3, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
    "INSERT INTO escalation_step (id, escalation_id, number, stage, opened_at, acknowledge_by, respond_by, ended_at) "
    "VALUES (1, 1, 1, 'practitioners', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP), "
    "(2, 1, 2, 'managers', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, NULL)",
    "INSERT INTO escalation_contact (id, step_id, address, side, rung, alerted_at) "
    "VALUES (1, 2, 'may@example.org', 'other', 0, CURRENT_TIMESTAMP), (2, 2, 'dee@example.org', 'other', 1, NULL)",
    "INSERT INTO escalation_note (id, escalation_id, kind, author_id, sealed, written_at) "
    "VALUES (1, 1, 'concern', 7, 'sealed', CURRENT_TIMESTAMP)",
)
COUNTS = (
    "SELECT count(*) FROM escalation_step",
    "SELECT count(*) FROM escalation_contact",
    "SELECT count(*) FROM escalation_note",
)


@pytest.fixture
async def engines(database_url: str) -> AsyncIterator[Engines]:
    engines = Engines(database_url)
    yield engines
    await engines.dispose()


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


def back(connection: Connection) -> None:
    command.downgrade(schema._config(connection), "0005")


async def test_running_escalations_come_through_whole(engines: Engines) -> None:
    async with engines.writer.begin() as connection:
        await connection.run_sync(back)
        for statement in BEFORE:
            await connection.execute(text(statement))
    assert await schema.migrate(engines) == "0005"
    assert await schema.differences(engines) == []
    async with engines.writer.connect() as connection:
        read = await connection.run_sync(
            lambda sync: (
                rows(sync, "SELECT raised_by, practice FROM escalation"),
                rows(sync, "SELECT number, opened_as, extended_until IS NULL FROM escalation_step ORDER BY number"),
                rows(sync, "SELECT address, acknowledge_by IS NULL FROM escalation_contact ORDER BY id"),
                rows(sync, "SELECT sealed, step FROM escalation_note"),
            )
        )
    assert read == (
        [(7, False)],
        [(1, "raised", True), (2, "advanced", False)],
        [("may@example.org", False), ("dee@example.org", True)],
        [("sealed", None)],
    )


async def test_the_way_back_keeps_them_too(engines: Engines) -> None:
    async with engines.writer.begin() as connection:
        await connection.run_sync(back)
        for statement in BEFORE:
            await connection.execute(text(statement))
    await schema.migrate(engines)
    async with engines.writer.begin() as connection:
        await connection.run_sync(back)
        counted = await connection.run_sync(lambda sync: [rows(sync, query) for query in COUNTS])
        assert counted == [[(2,)], [(2,)], [(1,)]]
        assert await connection.run_sync(lambda sync: rows(sync, "SELECT given_until IS NULL FROM escalation")) == [
            (False,)
        ]
