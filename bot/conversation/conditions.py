"""Conditions that decide whether a step or question is asked: the `show_if` grammar.

Source: reference/surveys-pledges.md 4.3.

There is no expression language: a condition is a small tree of typed values, so it can be checked when a flow is built.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Answer = str | int | bool | tuple[str, ...]
"""One stored answer: text, a choice's value, a number, an ISO date, or several choice values."""

Answers = Mapping[str, Answer]

Op = Literal["is", "is_not", "in", "not_in", "includes", "excludes", "at_least", "at_most", "answered"]
TRUE_WHEN_UNANSWERED: frozenset[Op] = frozenset({"is_not", "not_in", "excludes"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison of an earlier question's answer with a value written in the flow."""

    question: str
    op: Op
    value: Answer


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is true."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    """True when at least one part is true."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is false."""

    part: "Condition"


Condition = Leaf | All | Any | Not


def holds(condition: Condition | None, answers: Answers) -> bool:
    """Whether the condition is true of these answers; no condition is always true.

    An unanswered question makes every comparison false, except `answered: false`, `is_not`, `not_in` and `excludes`.
    """
    match condition:
        case None:
            return True
        case All(parts):
            return all(holds(part, answers) for part in parts)
        case Any(parts):
            return any(holds(part, answers) for part in parts)
        case Not(part):
            return not holds(part, answers)
        case Leaf():
            return _leaf_holds(condition, answers)


def questions_in(condition: Condition | None) -> Iterator[str]:
    """The keys of the questions that a condition looks at."""
    match condition:
        case Leaf(question=question):
            yield question
        case All(parts) | Any(parts):
            for part in parts:
                yield from questions_in(part)
        case Not(part):
            yield from questions_in(part)


def _leaf_holds(leaf: Leaf, answers: Answers) -> bool:
    given = answers.get(leaf.question)
    if leaf.op == "answered":
        return (given is not None) == bool(leaf.value)
    if given is None:
        return leaf.op in TRUE_WHEN_UNANSWERED
    wanted = leaf.value if isinstance(leaf.value, tuple) else (str(leaf.value),)
    held = given if isinstance(given, tuple) else (str(given),)
    match leaf.op:
        case "is" | "in" | "includes":
            return any(value in wanted for value in held)
        case "is_not" | "not_in" | "excludes":
            return all(value not in wanted for value in held)
        case "at_least":
            return (size := _size(given)) is not None and size >= float(str(leaf.value))
        case "at_most":
            return (size := _size(given)) is not None and size <= float(str(leaf.value))


def _size(given: Answer) -> float | None:
    """The number that an answer is compared by; None for "not applicable" and "prefer not to say" on a scale."""
    if isinstance(given, tuple):
        return len(given)
    try:
        return float(given)
    except ValueError:
        return None
