"""The schema's version: migrate, check, and refuse to run on a database that is newer or older than the program.

Alembic is imported by what migrates: every command asks for the version, and few of them need a tenth of a second more.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from storage.database import Engines
from storage.tables.base import Table

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaMismatch(Exception):
    """The database and the program do not fit; the message says what to do."""


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest() -> str | None:
    """The schema version that this program works with: their files are numbered, one after the other."""
    return max(_versions(), default=None)


def _versions() -> set[str]:
    return {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")}


async def version(engines: Engines) -> str | None:
    """The schema version of the database; None when it is empty."""
    async with engines.writer.connect() as connection:
        return await connection.run_sync(_version_of)


def _version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


async def migrate(engines: Engines) -> str | None:
    """Brings the database to this program's schema; returns the version it had. Does nothing when it is there already.

    Raises SchemaMismatch for a database made by a newer program.
    """
    before = await version(engines)
    if before == newest():
        return before
    if before is not None and not known(before):
        raise SchemaMismatch("This database was made by a newer Herald. Install that version, or restore a backup.")
    async with engines.writer.begin() as connection:
        await connection.run_sync(lambda sync: lay(sync, "head"))
    return before


def known(revision: str) -> bool:
    """Whether this program knows a schema version: it is not from a newer one."""
    return revision in _versions()


def lay(connection: Connection, revision: str) -> None:
    """Brings the tables up to a version, within the transaction of this connection."""
    from alembic import command

    command.upgrade(_config(connection), revision)


async def check(engines: Engines) -> None:
    """Raises SchemaMismatch unless the database is at this program's version."""
    present = await version(engines)
    if present is None:
        raise SchemaMismatch("The database is empty. Run: herald migrate")
    if present != newest():
        raise SchemaMismatch(f"The database has schema {present}, this program needs {newest()}. Run: herald migrate")


async def differences(engines: Engines) -> list[Any]:
    """How the migrated database differs from the tables in `storage/tables`: must be nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    async with engines.writer.connect() as connection:
        return await connection.run_sync(
            lambda sync: list(compare_metadata(MigrationContext.configure(sync), Table.metadata))
        )
