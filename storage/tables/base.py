"""What every table shares: UTC instants, JSON, naming of constraints."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Facts = dict[str, Any]
"""Small JSON on a message or an audit entry: ids, counts, dates as text; never words of a sensitive talk."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC. SQLite gives naive values back (SQLAlchemy 2.1), so the zone is put on again here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuses naive instants: which hour would they mean?"""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone before it can be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """An aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only for the type INTEGER; PostgreSQL gets the wide one.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class Table(DeclarativeBase):
    """The base of all mapped tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute by name
        datetime: UtcDateTime(),
        date: Date(),
        Facts: JSON(),
        list[str]: JSON(),
        list[int]: JSON(),
        str: String(),
    }
