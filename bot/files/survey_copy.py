"""The text of a survey file as the file of the next survey: only what has to differ is written anew.

The text is mended in place, so comments, order, layout and above all the whole privacy block stay as they were.
"""

from datetime import date, datetime, timedelta

from bot.files import values
from bot.files.nodes import Mapping, Scalar
from bot.files.problems import Findings
from bot.files.scalars import LONDON
from bot.files.yaml_source import load

WEEK = timedelta(weeks=1)
MOVED = "  # moved on by whole weeks, so that the weekday stays: look it over"
DATES = ("opens", "closes")


def copy_of(document: str, *, new_id: str, today: date) -> str:
    """The text with a new id, version 1, and dates moved on by whole weeks, the first of them after today.

    Raises FileProblems when the text is no survey file.
    """
    top = load(document, Findings())
    lines = document.splitlines(keepends=True)
    _write(lines, top, "id", new_id)
    _write(lines, top, "version", "1")
    entry = top.get("schedule")
    schedule = entry.value if entry is not None and isinstance(entry.value, Mapping) else None
    dates = {} if schedule is None else {key: day for key in DATES if (day := _date(schedule, key)) is not None}
    if schedule is not None and dates:
        weeks = max(0, (today - min(dates.values())) // WEEK + 1)
        for key in reversed(list(dates)):  # from the end of a line to its beginning, if both stand on one
            _write(lines, schedule, key, _moved(_scalar(schedule, key), weeks), note=MOVED if weeks else "")
    return "".join(lines)


def _scalar(mapping: Mapping, key: str) -> Scalar | None:
    entry = mapping.get(key)
    return entry.value if entry is not None and isinstance(entry.value, Scalar) and not entry.value.empty else None


def _date(mapping: Mapping, key: str) -> date | None:
    scalar = _scalar(mapping, key)
    moment = None if scalar is None else values.moment(scalar.text.strip(), LONDON)
    return None if moment is None else moment.astimezone(LONDON).date()


def _moved(scalar: Scalar | None, weeks: int) -> str:
    local = datetime.fromisoformat("" if scalar is None else scalar.text.strip().replace(" ", "T", 1))
    return f"{local + weeks * WEEK:%Y-%m-%dT%H:%M}"


def _write(lines: list[str], mapping: Mapping, key: str, new: str, *, note: str = "") -> None:
    """Puts a value in the place of another; the note goes behind it where the line ends there."""
    scalar = _scalar(mapping, key)
    if scalar is None:
        return
    line, start = scalar.at[0] - 1, scalar.at[1] - 1
    text = lines[line]
    length = len(scalar.text) if scalar.plain else text.index(text[start], start + 1) + 1 - start
    rest = text[start + length :]
    lines[line] = f"{text[:start]}{new}{note if not rest.strip() else ''}{rest}"
