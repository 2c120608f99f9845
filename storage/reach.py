"""Whether the database can be reached at all, said in words."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.database import Engines


class DatabaseUnreachable(Exception):
    """Nothing answers where HERALD_DATABASE_URL points; the text says what to check."""


async def reach(engines: Engines) -> None:
    """Asks the database for nothing at all. Raises DatabaseUnreachable with the reason and what to check."""
    where = engines.reader.url.render_as_string(hide_password=True).replace("+aiosqlite", "").replace("+asyncpg", "")
    try:
        async with engines.reader.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (OSError, SQLAlchemyError) as problem:
        reason = problem.orig if isinstance(problem, DBAPIError) else problem
        check = "the folder exists and may be written" if engines.sqlite else "the server runs, and name and password"
        raise DatabaseUnreachable(
            f"The database {where} cannot be reached ({reason}). Check that {check}."
        ) from problem
