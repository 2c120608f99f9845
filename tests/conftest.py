"""Fixtures that every room uses: a moving clock, and a store on both databases."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.keyring import Keyring
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.databases import PostgresTemplate, SqliteTemplate
from tests.shell import forked

SECRET = "a secret of the test run, long enough for anything"


@pytest.fixture(scope="session", autouse=True)
def commands_end() -> Iterator[None]:
    """The process that forks for commands ends with the run."""
    yield
    forked.end()


@pytest.fixture
def clock() -> MovingClock:
    """Tuesday 24 November 2026, 10:00 in London, until the test moves it."""
    return MovingClock()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """The secrets of the test run."""
    return Keyring((SECRET,))


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[SqliteTemplate]:
    """A migrated SQLite file to copy."""
    template = SqliteTemplate()
    yield template
    template.stop()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[PostgresTemplate]:
    """A PostgreSQL server of this run's own."""
    template = PostgresTemplate(durable=False)
    yield template
    template.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated database: the test runs once on SQLite and once on PostgreSQL."""
    template = request.getfixturevalue("sqlite_template" if request.param == "sqlite" else "postgres_template")
    with template.fresh() as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: SqliteTemplate) -> Iterator[str]:
    """A fresh, migrated SQLite file, for tests in which the database does not matter."""
    with sqlite_template.fresh() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_template: PostgresTemplate) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database, for what only several processes at once can show."""
    with postgres_template.fresh() as url:
        yield url


@pytest.fixture
async def store(database_url: str, clock: MovingClock, keyring: Keyring) -> AsyncIterator[Store]:
    """A live store with Slack, on both databases."""
    opened = Store(database_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=True, slack=True))
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str, clock: MovingClock, keyring: Keyring) -> AsyncIterator[Store]:
    """A live store with Slack on SQLite only, for doors and words."""
    opened = Store(sqlite_url, clock=clock, keyring=keyring, sending=SendingPolicy(live=True, slack=True))
    yield opened
    await opened.close()


def loggers() -> list[logging.Logger]:
    """Every logger of the process, the root first."""
    named = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return [logging.getLogger(), *named]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """What a test does to the process's logging ends with the test."""
    before = {one: (one.level, one.disabled, one.propagate, list(one.handlers)) for one in loggers()}
    yield
    for one in loggers():
        level, one.disabled, one.propagate, handlers = before.get(one, (logging.NOTSET, False, True, []))
        one.setLevel(level)
        one.handlers[:] = handlers
