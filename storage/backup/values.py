"""How a row becomes a line of JSON and a row again, the same for both databases and for every schema.

A table's heading names its columns with their kinds, as the database that was copied knows them. So an old backup is
read without knowing how the tables looked then.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, LargeBinary, TableClause, column, inspect, table
from sqlalchemy.types import NullType, TypeEngine

from storage.tables.base import UtcDateTime

BOOKKEEPING: Final = "alembic_version"  # the schema's version stands in the manifest


class Kind(StrEnum):
    """What a column holds. Everything else (text, whole numbers) is itself in JSON."""

    INSTANT = "instant"
    DATE = "date"
    JSON = "json"
    BYTES = "bytes"
    YES_NO = "yes_no"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as a backup knows it: name, columns in order, and what its rows are sorted by."""

    name: str
    columns: dict[str, Kind]
    key: tuple[str, ...]

    def clause(self) -> TableClause:
        """The table for a statement."""
        return table(self.name, *(column(name, _type(kind)) for name, kind in self.columns.items()))

    def heading(self) -> dict[str, Any]:
        """The line before the rows."""
        return {"table": self.name, "columns": self.columns, "key": self.key}

    def line(self, row: Sequence[Any]) -> list[Any]:
        """A row as it stands in the backup."""
        return [
            _written(value) if kind is not Kind.JSON else value for kind, value in zip(self.kinds, row, strict=True)
        ]

    def row(self, line: Sequence[Any]) -> dict[str, Any]:
        """A row for an INSERT. Raises ValueError for a line that does not fit."""
        return {name: _read(line[place], kind) for place, (name, kind) in enumerate(self.columns.items())}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of the columns, in order."""
        return tuple(self.columns.values())


class Tally:
    """Counts the rows of a table and takes their fingerprint (SHA-256)."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    def add(self, line: Sequence[Any]) -> None:
        """One more row."""
        self.rows += 1
        self._digest.update(json.dumps(line, separators=(",", ":")).encode())

    def ending(self, name: str) -> dict[str, Any]:
        """The line after the rows."""
        return {"end": name, "rows": self.rows, "sha256": self._digest.hexdigest()}


def shape_from(heading: Any) -> Shape:
    """The shape that `heading` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    columns = {str(name): Kind(kind) for name, kind in heading["columns"].items()}
    return Shape(str(heading["table"]), columns, tuple(heading["key"]))


def shapes(connection: Connection) -> list[Shape]:
    """Every table of the database, those that others refer to first. Rows never lie in the order they were written."""
    inspector = inspect(connection)
    names = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name not in (None, BOOKKEEPING)]
    return [_shape(inspector, str(name)) for name in names]


def _shape(inspector: Any, name: str) -> Shape:
    columns = {each["name"]: _kind(each["type"]) for each in inspector.get_columns(name)}
    return Shape(name, columns, tuple(inspector.get_pk_constraint(name)["constrained_columns"]))


def _kind(found: TypeEngine[Any]) -> Kind:
    kinds = ((DateTime, Kind.INSTANT), (Date, Kind.DATE), (JSON, Kind.JSON), (LargeBinary, Kind.BYTES))
    for type_, kind in (*kinds, (Boolean, Kind.YES_NO)):
        if isinstance(found, type_):
            return kind
    return Kind.PLAIN


def _type(kind: Kind) -> TypeEngine[Any]:
    match kind:
        case Kind.INSTANT:
            return UtcDateTime()
        case Kind.DATE:
            return Date()
        case Kind.JSON:
            return JSON(none_as_null=True)
        case Kind.BYTES:
            return LargeBinary()
        case Kind.YES_NO:
            return Boolean()
        case _:
            return NullType()


def _written(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _read(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    match kind:
        case Kind.INSTANT:
            return datetime.fromisoformat(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.BYTES:
            return base64.b64decode(value, validate=True)
        case _:
            return value
