"""Tells apart the files that `herald apply` takes: by their first key, or by the front matter of a bulletin."""

import re
from enum import StrEnum

from bot.files.problems import FileProblems, Problem, did_you_mean, one_of, quoted
from bot.files.text_source import decoded

MAX_BYTES = 2_000_000
_KEY = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_-]*)\s*:")


class FileKind(StrEnum):
    """The kinds of file, named by their first key."""

    PARTNERSHIP = "herald_partnership"
    SURVEY = "herald_survey"
    BRIEFINGS = "herald_briefings"
    BULLETIN = "herald_bulletin"
    DEADLINES = "herald_deadlines"


def kind_of(data: bytes | str, name: str = "") -> FileKind:
    """What kind of file this is. Raises FileProblems E112 with what to write into the first line."""
    lines = decoded(data, limit=MAX_BYTES).split("\n")
    front_matter = False
    for number, line in enumerate(lines, start=1):
        if line.rstrip() == "---" and not front_matter:
            front_matter = True
        elif line.strip() and not line.lstrip().startswith(("#", "%")):
            return _kind(line, number, lines, front_matter=front_matter)
        elif line.startswith("# ") and name.lower().endswith(".md"):
            break
    raise FileProblems([Problem("E112", 1, 1, "file", f"the file is empty. {_advice(name)}")])


def _kind(line: str, number: int, lines: list[str], *, front_matter: bool) -> FileKind:
    found = _KEY.match(line)
    key = found["key"] if found else ""
    kinds = {kind.value: kind for kind in FileKind}
    if key in kinds:
        kind = kinds[key]
        if kind is FileKind.BULLETIN and not front_matter:
            message = "a bulletin begins with a line of three dashes (---) before herald_bulletin: 1."
            raise FileProblems([Problem("E113", number, 1, "front matter", message)])
        return kind
    raise FileProblems([Problem("E112", number, 1, "first key", _what_instead(key, line, lines))])


def _what_instead(key: str, line: str, lines: list[str]) -> str:
    for later, other in enumerate(lines, start=1):
        match = _KEY.match(other)
        if match and match["key"] in set(FileKind):
            return f"{match['key']}: 1 stands in line {later}. Make it the first line of the file."
    if key.startswith("herald"):
        return f"{quoted(key)} is not a kind of file.{did_you_mean(key, [kind.value for kind in FileKind])}"
    return f"the file begins with {quoted(line.strip())}. {_advice('')}"


def _advice(name: str) -> str:
    if name.lower().endswith(".csv"):
        return "Load people with “herald people import” and registers with “herald attendance import”."
    return f"Say in the first line what it is: {one_of(f'{kind.value}: 1' for kind in FileKind)}."
