"""One after the other: for what reads much and then writes it anew, such as a file that is applied or a register."""

from typing import Final

from sqlalchemy import func, select

from storage.unit_of_work import UnitOfWork

FILES: Final = "files"
"""Whatever comes as a file: the partnership, its register, surveys, briefings, bulletins, deadlines."""


async def take_turns(uow: UnitOfWork, what: str = FILES) -> None:
    """Waits until nobody else is at this, and keeps others waiting until the unit of work ends.

    Call it before the first look, so that the look is not older than the wait. On SQLite a unit of work that writes is
    alone anyway.
    """
    if uow.session.get_bind().dialect.name == "postgresql":
        await uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"herald:{what}", 0))))
