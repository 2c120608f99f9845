"""What may be shown of the answers to a survey: figures for everybody and by group, nothing for fewer than the floor.

A group's figures are hidden when it is small, and when what is shown elsewhere would give a small group away: group by
group, and question by question within them (reference/surveys-pledges.md 3.4 steps 1-2; settled.md "Small numbers").
The audit across several breakdowns (step 3) is not made here. Pure: answers in, figures out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.rules.release import FLOOR, publishable

NOT_APPLICABLE = "not_applicable"
PREFER_NOT = "prefer_not"
APART = frozenset({NOT_APPLICABLE, PREFER_NOT})
UNANIMOUS_BELOW = 20  # reference 3.4, Unanimity: below this a sensitive question may not show that all said the same

Answer = str | int | bool | tuple[str, ...]
Answers = Mapping[str, Answer]
Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the figures need it: `values` are (value, label) of what was offered, without those counted apart.

    `measured` questions have a mean; `written` ones have comments instead of figures. A `ranked` answer holds values in
    their order: its counts are first places, and each value has a mean place.
    """

    id: str
    type: str
    text: str
    values: tuple[tuple[str, str], ...] = ()
    measured: bool = False
    ranked: bool = False
    written: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one question for one group; None is hidden. `answered` leaves out what is counted apart."""

    asked: Asked
    answered: int | None = None
    counts: tuple[int | None, ...] = ()
    mean: float | None = None
    places: tuple[float | None, ...] = ()
    not_applicable: int | None = None
    prefer_not: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One group of a breakdown: who it is, how many replied, and the figures of every question."""

    value: str
    n: int | None
    questions: tuple[Figures, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of a group were invited and replied; `replied` is None where it is hidden."""

    value: str
    invited: int
    replied: int | None


def figures(asked: Asked, replies: Sequence[Answers], *, floor: int = FLOOR) -> Figures:
    """The figures of one question over these replies: all hidden when fewer than the floor gave a real answer."""
    given = [reply[asked.id] for reply in replies if asked.id in reply]
    real = [answer for answer in given if not _apart(answer)]
    if len(real) < max(floor, FLOOR):
        return hidden(asked)
    said = [answer[:1] if asked.ranked and isinstance(answer, tuple) else answer for answer in real]
    counts: list[int | None] = [sum(_says(answer, value) for answer in said) for value, _ in asked.values]
    if asked.sensitive and len(real) < UNANIMOUS_BELOW and len(real) in counts:
        counts = [None] * len(counts)
    return Figures(
        asked,
        answered=len(real),
        counts=tuple(counts),
        mean=_mean(real) if asked.measured and None not in counts else None,
        places=_places(asked, real, floor=floor) if asked.ranked and None not in counts else (),
        not_applicable=sum(_says(answer, NOT_APPLICABLE) for answer in given if _apart(answer)),
        prefer_not=sum(_says(answer, PREFER_NOT) for answer in given if _apart(answer)),
    )


def _places(asked: Asked, real: Sequence[Answer], *, floor: int) -> tuple[float | None, ...]:
    """The mean place of each value among those who gave it one; None where fewer than the floor did."""
    ranked = [answer for answer in real if isinstance(answer, tuple)]
    found = [[answer.index(value) + 1 for answer in ranked if value in answer] for value, _ in asked.values]
    return tuple(round(sum(given) / len(given), 2) if len(given) >= max(floor, FLOOR) else None for given in found)


def hidden(asked: Asked) -> Figures:
    """A question of which nothing may be shown."""
    return Figures(asked, counts=(None,) * len(asked.values))


def breakdown(
    questions: Sequence[Asked], groups: Mapping[str, Sequence[Answers]], *, floor: int = FLOOR
) -> tuple[Cell, ...]:
    """The figures of each group, in the order given: small ones hidden, and the next smallest with a lone one."""
    shown = publishable({value: len(replies) for value, replies in groups.items()}, floor)
    may = {value for value, n in shown.items() if n is not None}
    visible = {asked.id: _visible(asked, groups, may, floor=floor) for asked in questions}
    return tuple(
        Cell(
            value,
            shown[value],
            tuple(
                figures(asked, replies, floor=floor) if value in visible[asked.id] else hidden(asked)
                for asked in questions
            ),
        )
        for value, replies in groups.items()
    )


def _visible(asked: Asked, groups: Mapping[str, Sequence[Answers]], may: set[str], *, floor: int) -> set[str]:
    """The groups that may show this question: what is left of the total must be nobody, or the floor at least."""
    floor = max(floor, FLOOR)
    counts = {
        value: sum(asked.id in reply and not _apart(reply[asked.id]) for reply in replies)
        for value, replies in groups.items()
    }
    visible = sorted((value for value in may if counts[value] >= floor), key=lambda value: counts[value])
    while visible and 0 < sum(counts.values()) - sum(counts[value] for value in visible) < floor:
        visible.pop(0)
    return set(visible)


def rates(invited: Mapping[str, int], replied: Mapping[str, int], *, floor: int = FLOOR) -> tuple[Rate, ...]:
    """How many replied of each group; hidden for groups of fewer than the floor, invited or replied.

    A group that is too small is never shown as "nobody replied" either: that would say what each of them did.
    """
    floor = max(floor, FLOOR)
    counted = {value: max(replied.get(value, 0), 1 if n < floor else 0) for value, n in invited.items()}
    shown = publishable(counted, floor)
    return tuple(
        Rate(value, n, None if shown[value] is None or n < floor else replied.get(value, 0))
        for value, n in invited.items()
    )


def comments(question: str, replies: Sequence[Answers], *, floor: int) -> tuple[str, ...] | None:
    """What people wrote to one question, None for fewer than the floor.

    The order depends on the words and the question alone, so that nobody can be followed from one to another.
    """
    said = [str(reply[question]) for reply in replies if str(reply.get(question, "")).strip()]
    if len(said) < max(floor, FLOOR):
        return None
    return tuple(sorted(said, key=lambda text: hashlib.sha256(f"{question}:{text}".encode()).digest()))


def _apart(answer: Answer) -> bool:
    return answer in APART if isinstance(answer, str) else isinstance(answer, tuple) and set(answer) <= APART


def _says(answer: Answer, value: str) -> bool:
    return value in answer if isinstance(answer, tuple) else str(answer) == value


def _mean(real: Sequence[Answer]) -> float:
    return round(sum(float(answer) for answer in real if isinstance(answer, str | int)) / len(real), 2)
