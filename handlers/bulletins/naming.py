"""The id of an edition, which is its address in the public archive for ever: taken from its title and its date."""

import re
from datetime import date
from typing import Final

from bot.rules.spoken_dates import MONTHS
from storage.unit_of_work import UnitOfWork

MONTH: Final = re.compile(rf"\b({'|'.join(MONTHS)})\b", re.IGNORECASE)
YEAR: Final = re.compile(r"\b20[0-9]{2}\b")


def month_of(title: str, near: date) -> date:
    """The first day of the month that a title names, nearest to a day unless it names a year too; else of that day."""
    names = {name.casefold() for name in MONTH.findall(title) if name[0].isupper()}
    years = set(YEAR.findall(title))
    if len(names) != 1 or len(years) > 1:
        return near.replace(day=1)
    month = MONTHS.index(names.pop()) + 1
    if years:
        return date(int(years.pop()), month, 1)
    return min(
        (date(near.year + step, month, 1) for step in (-1, 0, 1)), key=lambda first: abs(first - near.replace(day=1))
    )


async def free_id(uow: UnitOfWork, series_id: str, *, title: str, near: date, own: str = "") -> str:
    """An id such as 2026-12-main that no other edition has yet; `own` is the one that this edition has."""
    wanted = f"{month_of(title, near):%Y-%m}-{series_id}"[:55]
    number = 1
    while True:
        found = wanted if number == 1 else f"{wanted}-{number}"
        if found == own or await uow.bulletins.get(found) is None:
            return found
        number += 1
