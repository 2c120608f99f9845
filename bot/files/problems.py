"""What is wrong with a file: every problem with its place, and words that say how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rapidfuzz import fuzz, process

from bot.files.codes import CODES

Severity = Literal["error", "warning"]
SHOWN_AT_ONCE = 50  # reference/surveys-pledges.md 4.4: the first 50 in one run
LIKE_ENOUGH = 60  # per cent of equal letters; below this a suggestion confuses more often than it helps

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `line` and `column` count from 1 (in CSV files `column` counts cells).

    `where` names the key, column or part of the file; `message` says what is wrong and what to write instead.
    """

    code: str
    line: int
    column: int
    where: str
    message: str
    severity: Severity = "error"

    def __post_init__(self) -> None:
        """Raises KeyError for a code that is not documented in codes.py."""
        CODES[self.code]

    @property
    def place(self) -> tuple[int, int, str, str]:
        """Sort key: from the top of the file to its end."""
        return (self.line, self.column, self.code, self.message)


class FileProblems(Exception):
    """A file that cannot be taken as it is. Holds all problems, errors and advice, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sorts the problems and leaves out exact repetitions."""
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems), key=lambda problem: problem.place))
        super().__init__("; ".join(render(self.problems, "file")))


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A file that was understood, with the advice that may be shown beside it."""

    value: T
    warnings: tuple[Problem, ...] = ()


class Findings:
    """Collects problems while a file is read, so that all of them can be told at once."""

    def __init__(self) -> None:
        """Starts with nothing found."""
        self._found: list[Problem] = []
        self._errors = 0

    def error(self, code: str, at: tuple[int, int], where: str, message: str) -> None:
        """Notes something that must be mended before the file can be used."""
        self._errors += 1
        self._found.append(Problem(code, at[0], at[1], on_one_line(where), message))

    def warn(self, code: str, at: tuple[int, int], where: str, message: str) -> None:
        """Notes advice."""
        self._found.append(Problem(code, at[0], at[1], on_one_line(where), message, "warning"))

    def count(self) -> int:
        """How many errors there are so far: lets a reader see whether a part of the file was right."""
        return self._errors

    def stop_if_wrong(self) -> None:
        """Raises FileProblems with everything found so far if any of it is an error."""
        if self.count():
            raise FileProblems(self._found)

    def parsed(self, value: T) -> Parsed[T]:
        """The value with its warnings. Raises FileProblems if there was any error."""
        self.stop_if_wrong()
        return Parsed(value, tuple(sorted(set(self._found), key=lambda problem: problem.place)))

    def all(self) -> tuple[Problem, ...]:
        """Everything found so far, in the order of the file."""
        return tuple(sorted(set(self._found), key=lambda problem: problem.place))


def render(problems: Iterable[Problem], name: str) -> list[str]:
    """One line per problem, `file.yaml:31:9 E221 choices: ...`; after 50 a line that says how many more there are."""
    ordered = sorted(problems, key=lambda problem: problem.place)
    lines = [f"{name}:{p.line}:{p.column} {p.code} {p.where}: {p.message}" for p in ordered[:SHOWN_AT_ONCE]]
    if len(ordered) > SHOWN_AT_ONCE:
        lines.append(f"{name}: and {len(ordered) - SHOWN_AT_ONCE} more. Mend these first, then try again.")
    return lines


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant, or None when nothing is like it."""
    names = list(known)
    folded = [name.casefold() for name in names]
    found = process.extractOne(word.casefold()[:200], folded, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
    return names[found[2]] if found else None


def one_of(words: Iterable[str]) -> str:
    """`a, b or c`, for a message."""
    *most, last = list(words)
    return f"{', '.join(most)} or {last}" if most else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean x?` when something is like it, else the list of what is known, else nothing."""
    names = list(known)
    like = nearest(word, names)
    if like is not None:
        return f" Did you mean {like}?"
    if not names:
        return ""
    if len(names) <= 12:
        return f" Use {one_of(names)}."
    return f" Some that are known: {', '.join(names[:8])}."


def quoted(text: str) -> str:
    """The person's own words inside a message: in quotes, on one line, shortened."""
    return f'"{on_one_line(text)}"'


def on_one_line(text: str, *, limit: int = 60) -> str:
    """The text without line breaks or signs that a terminal obeys, shortened to the limit."""
    plain = text[: limit + 1]
    if not plain.isprintable():
        plain = "".join(letter if letter.isprintable() else " " for letter in plain)
    return f"{plain[: limit - 1]}…" if len(plain) > limit else plain
