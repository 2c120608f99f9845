"""What differs between two versions of a survey: its build, or only its words."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from rapidfuzz import fuzz

from bot.files.local_text import LocalText
from bot.files.survey_model import Schedule, SurveyFile

SPELLING = 80
"""Per cent of equal letters: more than that is still the same text with its spelling mended."""


@dataclass(frozen=True, slots=True)
class Reworded:
    """One text that reads differently now."""

    where: str
    language: str
    before: str
    after: str

    @property
    def is_spelling(self) -> bool:
        """Whether so little changed that everybody was asked the same."""
        return fuzz.ratio(self.before.casefold(), self.after.casefold()) >= SPELLING


def same_build(one: SurveyFile, other: SurveyFile) -> bool:
    """Whether two files ask the same things in the same way, whatever the words, the version and the schedule."""
    return bool(_build(one) == _build(other))


def reworded(before: SurveyFile, after: SurveyFile) -> tuple[Reworded, ...]:
    """Every text that differs between two files of the same build. Raises ValueError for another build."""
    pairs = zip(_texts(before, "survey"), _texts(after, "survey"), strict=True)
    return tuple(Reworded(where, language, old, new) for (where, language, old), (_, _, new) in pairs if old != new)


def _build(value: Any) -> Any:
    match value:
        case LocalText(texts=texts):
            return tuple(language for language, _ in texts)
        case Schedule():
            return None
        case tuple():
            return tuple(_build(item) for item in value)
        case _ if is_dataclass(value):
            return tuple(
                (each.name, _build(getattr(value, each.name))) for each in fields(value) if each.name != "version"
            )
        case _:
            return value


def _texts(value: Any, where: str) -> Iterator[tuple[str, str, str]]:
    match value:
        case LocalText(texts=texts):
            yield from ((where, language, text) for language, text in texts)
        case tuple():
            for item in value:
                yield from _texts(item, where)
        case _ if is_dataclass(value) and not getattr(value, "belongs_to", ""):
            name = str(getattr(value, "id", "") or getattr(value, "value", ""))
            for each in fields(value):
                yield from _texts(getattr(value, each.name), f"{name or where} {each.name}")
