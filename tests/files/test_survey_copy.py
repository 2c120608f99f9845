"""A copy of a survey file: everything as it was, but for the id, the version and the dates."""

from datetime import date

from bot.files.survey_copy import copy_of
from tests.files.samples import SURVEY

TODAY = date(2027, 3, 10)  # a Wednesday


def changed(text: str) -> list[str]:
    """The lines of the copy that the text does not have."""
    return [line for line in copy_of(text, new_id="next", today=TODAY).splitlines() if line not in text.splitlines()]


def test_only_the_id_the_version_and_the_dates_differ() -> None:
    note = "  # moved on by whole weeks, so that the weekday stays: look it over"
    text = SURVEY.replace("version: 1", "version: 3").replace("owner:", "# who asks\nowner:", 1)
    assert changed(text) == [
        "id: next",
        "version: 1",
        f"  opens: 2027-03-16T09:00{note}",
        f"  closes: 2027-03-30T17:00{note}",
    ]


def test_dates_on_one_line_and_in_quotes_are_moved_too() -> None:
    start, end = SURVEY.index("schedule:"), SURVEY.index("privacy:")
    text = SURVEY[:start] + 'schedule: {opens: 2026-12-01T09:00, closes: "2026-12-15T17:00"}\n' + SURVEY[end:]
    assert "schedule: {opens: 2027-03-16T09:00, closes: 2027-03-30T17:00}" in changed(text)


def test_dates_that_have_not_come_stay() -> None:
    assert changed(SURVEY.replace("2026-12", "2027-12")) == ["id: next"]
