"""Whether anybody can ever see a question: tries the answers that matter until one way leads there (E242)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from bot.conversation.conditions import All, Answer, Any, Condition, Leaf, Not, holds, questions_in
from bot.files.survey_model import SurveyQuestion, Type

MOST_TRIES = 5_000
MOST_SUBSETS = 6


class _TooMany(Exception):
    """There are more ways than we look at: then nothing is claimed."""


@dataclass
class Paths:
    """The questions so far, each with the whole condition under which it is asked (its page's and its own)."""

    asked: dict[str, tuple[SurveyQuestion, Condition | None]] = field(default_factory=dict)

    def add(self, question: SurveyQuestion, condition: Condition | None) -> None:
        """Takes in the next question of the survey."""
        self.asked[question.id] = (question, condition)

    def can_hold(self, condition: Condition) -> bool:
        """Whether some way of answering the questions so far makes the condition true; True where that is too much."""
        involved = self._involved(condition)
        leaves = list(_leaves(condition))
        for name in involved:
            leaves.extend(_leaves(self.asked[name][1]))
        try:
            domains = {name: list(_answers_that_matter(self.asked[name][0], leaves)) for name in involved}
            return self._search(condition, involved, domains)
        except _TooMany:
            return True

    def _involved(self, condition: Condition) -> list[str]:
        wanted, open_names = set[str](), set(questions_in(condition))
        while open_names:
            name = open_names.pop()
            if name in self.asked and name not in wanted:
                wanted.add(name)
                open_names |= set(questions_in(self.asked[name][1]))
        return [name for name in self.asked if name in wanted]

    def _search(self, goal: Condition, names: list[str], domains: Mapping[str, list[Answer]]) -> bool:
        tries = 0
        stack: list[tuple[int, dict[str, Answer]]] = [(0, {})]
        while stack:
            tries += 1
            if tries > MOST_TRIES:
                raise _TooMany
            place, answers = stack.pop()
            if _verdict(goal, answers, set(names[place:])) is False:
                continue
            if place == len(names):
                return True
            question, shown_if = self.asked[names[place]]
            if not holds(shown_if, answers):
                stack.append((place + 1, answers))
                continue
            if not question.required:
                stack.append((place + 1, answers))
            stack.extend((place + 1, {**answers, question.id: answer}) for answer in domains[question.id])
        return False


def together(conditions: Iterable[Condition | None]) -> Condition | None:
    """The conditions that must all hold, as one; None when there is none."""
    given = tuple(condition for condition in conditions if condition is not None)
    return None if not given else given[0] if len(given) == 1 else All(given)


def _leaves(condition: Condition | None) -> Iterator[Leaf]:
    match condition:
        case Leaf():
            yield condition
        case All(parts) | Any(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)


def _verdict(condition: Condition, answers: Mapping[str, Answer], undecided: set[str]) -> bool | None:
    """Three-valued: None where questions that are not decided yet can still turn it."""
    match condition:
        case Leaf(question=question):
            return None if question in undecided else holds(condition, answers)
        case Not(part):
            inner = _verdict(part, answers, undecided)
            return None if inner is None else not inner
        case All(parts):
            found = {_verdict(part, answers, undecided) for part in parts}
            return False if False in found else None if None in found else True
        case Any(parts):
            found = {_verdict(part, answers, undecided) for part in parts}
            return True if True in found else None if None in found else False


def _answers_that_matter(question: SurveyQuestion, leaves: list[Leaf]) -> Iterator[Answer]:
    """Every answer that some comparison can tell apart from the others, and one that none of them names."""
    mine = [leaf for leaf in leaves if leaf.question == question.id]
    named: dict[str, None] = {}
    for leaf in mine:
        for value in leaf.value if isinstance(leaf.value, tuple) else (str(leaf.value),):
            named[value] = None
    match question.kind:
        case Type.MULTI | Type.RANK:
            yield from _selections(question, mine, list(named))
        case Type.SCALE:
            yield from question.values()
        case Type.NUMBER:
            yield from _numbers(question, [int(value) for value in named if value.lstrip("+-").isdigit()])
        case _:
            offered = question.values()
            others = [value for value in offered if value not in named]
            yield from [value for value in named if value in offered] if offered else named
            yield others[0] if others else "(another answer)"


def _selections(question: SurveyQuestion, leaves: list[Leaf], named: list[str]) -> Iterator[Answer]:
    offered = question.values()
    telling = [value for value in offered if value in named]
    counted = any(leaf.op in ("at_least", "at_most") for leaf in leaves)
    if len(telling) > MOST_SUBSETS:
        raise _TooMany
    rest = [value for value in offered if value not in telling]
    fillings = range(len(rest) + 1) if counted else range(min(1, len(rest)) + 1)
    for size in range(len(telling) + 1):
        for chosen in combinations(telling, size):
            for filling in fillings:
                if 0 < len(chosen) + filling <= (question.top or len(offered)):
                    yield chosen + tuple(rest[:filling])


def _numbers(question: SurveyQuestion, named: list[int]) -> Iterator[Answer]:
    edges = {number + step for number in named for step in (-1, 0, 1)}
    edges |= {bound for bound in (question.minimum, question.maximum) if bound is not None} or {0}
    for number in sorted(edges):
        low, high = question.minimum, question.maximum
        if (low is None or number >= low) and (high is None or number <= high):
            yield number
