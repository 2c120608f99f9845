"""How a wrong file is written down in these tests: a good one, one change, and a mark ‸ where the problem stands."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.files.attendance import parse_attendance
from bot.files.briefings import parse_briefings
from bot.files.bulletin import parse_bulletin
from bot.files.deadlines import parse_deadlines
from bot.files.kinds import kind_of
from bot.files.partnership import parse_partnership
from bot.files.people import parse_people
from bot.files.problems import FileProblems, Problem
from bot.files.survey import parse_survey
from tests.files import samples

MARK = "‸"


def _bulletin(text: str | bytes) -> object:
    return parse_bulletin(text, samples.KNOWN, images=["plan.png"])


PARSERS: dict[str, Callable[[str | bytes], object]] = {
    "partnership": parse_partnership,
    "survey": lambda text: parse_survey(text, samples.KNOWN),
    "briefings": lambda text: parse_briefings(text, samples.KNOWN),
    "deadlines": lambda text: parse_deadlines(text, samples.KNOWN),
    "bulletin": _bulletin,
    "people": lambda text: parse_people(text, samples.KNOWN).all_good(),
    "attendance": lambda text: parse_attendance(text, samples.KNOWN).all_good(),
    "kind": kind_of,
}
GOOD = {
    "partnership": samples.PARTNERSHIP,
    "survey": samples.SURVEY,
    "briefings": samples.BRIEFINGS,
    "deadlines": samples.DEADLINES,
    "bulletin": samples.BULLETIN,
    "people": samples.PEOPLE,
    "attendance": samples.ATTENDANCE,
    "kind": samples.SURVEY,
}


@dataclass(frozen=True)
class Wrong:
    """The file of this kind with `old` written as `new`; `says` is part of what the person reads."""

    code: str
    kind: str
    old: str
    new: str
    says: str
    at: tuple[int, int] | None = None  # for CSV files, whose columns are cells, and where no mark can stand
    also: tuple[str, str] | None = None  # a second change, above the first

    def __str__(self) -> str:
        return f"{self.code}-{self.kind}-{self.says[:30]}"

    def text(self) -> str:
        good = GOOD[self.kind]
        assert good.count(self.old) == 1, f"{self.old!r} must stand once in the good file"
        if self.also is not None:
            assert good.count(self.also[0]) == 1, f"{self.also[0]!r} must stand once in the good file"
            good = good.replace(*self.also)
        return good.replace(self.old, self.new)

    def place(self) -> tuple[int, int]:
        if self.at is not None:
            return self.at
        before = self.text().split(MARK)[0]
        return before.count("\n") + 1, len(before.split("\n")[-1]) + 1

    def clean_text(self) -> str:
        return self.text().replace(MARK, "")


def problems_of(kind: str, text: str | bytes) -> tuple[Problem, ...]:
    """What is wrong with a file, advice included; nothing for a good one."""
    try:
        found = PARSERS[kind](text)
    except FileProblems as wrong:
        return wrong.problems
    return getattr(found, "warnings", ())


def codes_of(kind: str, text: str | bytes) -> list[str]:
    """The codes alone, in the order of the file."""
    return [problem.code for problem in problems_of(kind, text)]
