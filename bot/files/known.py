"""What the register already holds: the names that a file may refer to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """Ids and names that exist. None means "not known here": then any name is taken as it is."""

    agencies: tuple[str, ...] | None = None
    sectors: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    series: tuple[str, ...] | None = None
    priorities: tuple[str, ...] | None = None
    briefings: tuple[str, ...] | None = None
    surveys: tuple[str, ...] | None = None
    people: frozenset[str] | None = None
    sector_of_agency: Mapping[str, str] | None = None


NOTHING_KNOWN = Known()
