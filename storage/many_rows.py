"""Many rows as one parameter: a list in JSON that the database reads as a table.

A statement for each of two hundred rows costs the program more than the database; one statement for all of them costs
next to nothing. SQLite reads the list by `json_each`, PostgreSQL by `jsonb_to_recordset`.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import BigInteger, FromClause, String, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB

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


def rows_of(rows: Iterable[dict[str, object]]) -> dict[str, str]:
    """The parameter."""
    return {ROWS: json.dumps(list(rows))}
