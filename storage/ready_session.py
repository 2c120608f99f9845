"""A session beside which ready-made statements run at the driver (`ready.py`): the mapper hears of their rows later."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import instance_state


class ReadySession(AsyncSession):
    """An AsyncSession that also gives texts to the driver, in the same transaction.

    `read` holds, by kind and key, rows that were read by the driver. An answer that is only taken down needs no more of
    them; the mapper hears of them when it has something to do, so that a change of one is sent like any other.
    """

    speaks: ClassVar[Dialect]
    """What ready-made statements are compiled for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(expire_on_commit=False, **options)
        self.read: dict[tuple[type, tuple[Any, ...]], object] = {}

    async def fetch(self, text: str, values: Any) -> Sequence[Sequence[Any]]:
        """All rows of a statement in the driver's own words. Raises DBAPIError."""
        raise NotImplementedError

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Runs a statement."""
        self.hear_of_rows()
        return await super().execute(statement, params, **options)

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """One row by its key."""
        self.hear_of_rows()
        return await super().get(entity, ident, **options)

    async def flush(self, objects: Any = None) -> None:
        """Sends pending changes."""
        if self.has_work():
            self.hear_of_rows()
            await super().flush(objects)

    async def commit(self) -> None:
        """Sends pending changes and ends what the mapper has begun."""
        if self.has_work():
            self.hear_of_rows()
            await super().commit()

    def has_work(self) -> bool:
        """Whether the mapper was used, or a row was changed that it has not heard of."""
        return self.sync_session.in_transaction() or any(instance_state(row).modified for row in self.read.values())

    def hear_of_rows(self) -> None:
        """Makes the rows read so far the mapper's own."""
        self.sync_session.add_all(self.read.values())
        self.read.clear()
