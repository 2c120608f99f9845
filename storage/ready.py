"""Statements that every answer needs, put together once and run with next to nothing around them (decision 9).

The mapper takes 120 microseconds for a look-up by key of which SQLite itself takes ten. So these few statements are
compiled once with SQLAlchemy and given to the driver of an intake session; what comes back is made into the same rows
that the mapper would have made. In any other session SQLAlchemy runs them, without the mapper.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import Table as CoreTable
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, class_mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate
from sqlalchemy.types import TypeEngine

from storage.ready_session import ReadySession
from storage.tables.base import Table

Returning = ReturningInsert[Any] | ReturningUpdate[Any] | ReturningDelete[Any]
Convert = Callable[[Any], Any]
Row = TypeVar("Row", bound=Table)
One = TypeVar("One", bound=Table)
Other = TypeVar("Other", bound=Table)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for one driver, and what turns our values into its own and back, where they differ.

    `order` names the values for a driver that counts them; without it they are given by name.
    """

    text: str
    order: Sequence[str] | None
    to_driver: Mapping[str, Convert]
    from_driver: Sequence[tuple[int, Convert]]

    def values(self, given: Mapping[str, Any]) -> Any:
        values = dict(given)
        for name, convert in self.to_driver.items():
            values[name] = convert(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def row(self, found: Sequence[Any]) -> Sequence[Any]:
        row = list(found)
        for place, convert in self.from_driver:
            row[place] = convert(row[place])
        return row


class Ready:
    """A statement with named values that gives at most one row.

    `fills` are the columns that an INSERT or UPDATE is given values for; lists of values (IN) cannot be given.
    """

    def __init__(self, statement: Select[Any] | Returning, *, fills: Iterable[str] = ()) -> None:
        self._statement = statement
        self._fills = list(fills)
        self._compiled: dict[str, _Compiled] = {}

    async def first(self, session: AsyncSession, given: Mapping[str, Any]) -> Sequence[Any] | None:
        """The row, or None. What the session has not sent yet is not seen. Raises DBAPIError."""
        if not isinstance(session, ReadySession):
            return cast("Sequence[Any] | None", (await session.execute(self._statement, dict(given))).first())
        compiled = self._compiled.get(session.speaks.name) or self._compile(session.speaks)
        found = await session.fetch(compiled.text, compiled.values(given))
        return compiled.row(found[0]) if found else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        made = self._compiled[dialect.name] = _compiled(self._statement, self._fills, dialect)
        return made


def both(one: type[Table], other: type[Table]) -> Select[Any]:
    """A SELECT of all columns of two tables, for `both_rows`; joining and narrowing it is the caller's."""
    return select(*_core(one).columns, *_core(other).columns)


async def both_rows(
    session: AsyncSession, ready: Ready, given: Mapping[str, Any], *, of: tuple[type[One], type[Other]]
) -> tuple[One, Other] | None:
    """The two rows that a statement begun with `both` finds, each as the session's own."""
    found = await ready.first(session, given)
    if found is None:
        return None
    end = len(_core(of[0]).columns)
    return _as_loaded(session, of[0], found[:end]), _as_loaded(session, of[1], found[end:])


def _as_loaded(session: AsyncSession, kind: type[Row], values: Sequence[Any]) -> Row:
    """The row as the mapper would have loaded it; one that the session has already stays as it is."""
    names, key_places, mapper = _layout(kind)
    key = tuple(values[place] for place in key_places)
    known = session.read.get((kind, key)) if isinstance(session, ReadySession) else None
    identity = mapper.identity_key_from_primary_key(key)
    if known is None and session.in_transaction():
        known = session.sync_session.identity_map.get(identity)
    if known is not None:
        return cast("Row", known)
    row: Row = mapper.class_manager.new_instance()  # as the mapper makes what it has loaded
    row.__dict__.update(zip(names, values, strict=True))  # not by the attributes, which would note each as a change
    instance_state(row).key = identity
    if isinstance(session, ReadySession):
        session.read[kind, key] = row
    else:
        session.add(row)
    return row


@cache
def _layout(kind: type[Table]) -> tuple[tuple[str, ...], tuple[int, ...], Mapper[Any]]:
    """The columns of a table in their order, the places of its key among them, and its mapper."""
    table = _core(kind)
    names = tuple(table.columns.keys())
    return names, tuple(names.index(column.key) for column in table.primary_key), class_mapper(kind)


def _core(kind: type[Table]) -> CoreTable:
    return cast("CoreTable", kind.__table__)


def _compiled(statement: Select[Any] | Returning, fills: list[str], dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=fills or None)
    to_driver = {name: _type(bound, dialect).bind_processor(dialect) for name, bound in compiled.binds.items()}
    results = [_type(column, dialect).result_processor(dialect, None) for column in statement.exported_columns]
    return _Compiled(
        str(compiled),
        compiled.positiontup,
        {name: convert for name, convert in to_driver.items() if convert is not None},
        [(place, convert) for place, convert in enumerate(results) if convert is not None],
    )


def _type(typed: ColumnElement[Any], dialect: Dialect) -> TypeEngine[Any]:
    return typed.type.dialect_impl(dialect)
