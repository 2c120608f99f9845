"""Many rows at once: as one parameter that the database reads as a table, and as one answer that is read as rows.

A statement for each of two hundred rows costs the program more than the database; one statement for all of them costs
next to nothing. SQLite reads the list by `json_each`, PostgreSQL by `jsonb_to_recordset`. And two hundred rows that
SQLite hands over one by one cost two hundred turns of the interpreter’s lock, which a busy event loop gives late;
one answer in JSON costs one (benchmarks/bulletin.py).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, FromClause, Select, String, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

ROWS: Final = "rows"
"""The name of the parameter."""


def given(dialect: str, *, numbers: Iterable[str] = (), texts: Iterable[str] = ()) -> FromClause:
    """The rows of the parameter `ROWS` as a table named `given`, with these columns; a missing value is NULL."""
    parameter = bindparam(ROWS, type_=Text())
    types: dict[str, Any] = {**dict.fromkeys(numbers, BigInteger()), **dict.fromkeys(texts, String())}
    if dialect == "postgresql":
        columns = [column(name, type_) for name, type_ in types.items()]
        records = func.jsonb_to_recordset(cast(parameter, JSONB)).table_valued(*columns)
        return records.render_derived(name="given", with_types=True)
    each = func.json_each(parameter).table_valued("value", name="each_row")
    values = [func.json_extract(each.c.value, f"$.{name}", type_=type_).label(name) for name, type_ in types.items()]
    # Materialised, so that SQLite goes through the list and looks each row up, never the other way round.
    return select(*values).select_from(each).cte("given").prefix_with("MATERIALIZED")


def ids_given(dialect: str) -> Select[Any]:
    """The ids of the parameter `ROWS` (`ids_of`), for `in_`: a parameter for each of them would cost a microsecond."""
    return select(given(dialect, numbers=["id"]).c.id)


def ids_of(ids: Iterable[int]) -> dict[str, str]:
    """The parameter for `ids_given`."""
    return rows_of({"id": one} for one in ids)


def rows_of(rows: Iterable[dict[str, object]]) -> dict[str, str]:
    """The parameter."""
    return {ROWS: json.dumps(list(rows))}


async def fetched(
    session: AsyncSession, query: Select[Any], parameters: Mapping[str, object] | None = None
) -> list[tuple[Any, ...]]:
    """The rows of a query over plain columns, in its order."""
    dialect = session.get_bind().dialect
    if dialect.name != "sqlite":
        return [tuple(row) for row in (await session.execute(query, parameters)).all()]
    rows = query.cte("fetched").prefix_with("MATERIALIZED")  # else SQLite may drop the order
    values = [func.json(each) if isinstance(each.type, JSON) else each for each in rows.c]
    answer = await session.execute(select(func.json_group_array(func.json_array(*values), type_=Text())), parameters)
    readers = [(place, read) for place, each in enumerate(rows.c) if (read := _reader(each.type, dialect))]
    found: list[list[Any]] = json.loads(answer.scalar_one())
    for row in found:
        for place, read in readers:
            if row[place] is not None:
                row[place] = read(row[place])
    return [tuple(row) for row in found]


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes the value of a column from what SQLite keeps: an instant, a date, a yes or no."""
    return None if isinstance(type_, JSON) else type_.dialect_impl(dialect).result_processor(dialect, None)
