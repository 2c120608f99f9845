"""Reads `show_if` (reference/surveys-pledges.md 4.3) and checks each comparison against the question it looks at."""

from dataclasses import dataclass, field
from typing import get_args

from bot.conversation.conditions import All, Answer, Any, Condition, Leaf, Not, Op
from bot.files import values
from bot.files.nodes import WHOLE, YES_AND_NO, Mapping, Node, Scalar, Sequence, described
from bot.files.problems import Findings, did_you_mean, one_of, quoted
from bot.files.survey_model import SurveyQuestion, Type

MAX_DEPTH = 4
OPS: tuple[Op, ...] = get_args(Op)
EXAMPLE = "Write for example {question: useful, at_most: 3}."
_SAME: tuple[Op, ...] = ("is", "is_not", "in", "not_in")
_SIZE: tuple[Op, ...] = ("at_least", "at_most")
_HOLDS: tuple[Op, ...] = ("includes", "excludes")
FITTING: dict[Type, tuple[Op, ...]] = {
    Type.SINGLE: (*_SAME, "answered"),
    Type.YES_NO: (*_SAME, "answered"),
    Type.MULTI: (*_HOLDS, *_SIZE, "answered"),
    Type.SCALE: (*_SAME, *_SIZE, "answered"),
    Type.NUMBER: (*_SAME, *_SIZE, "answered"),
    Type.DATE: (*_SAME, "answered"),
    Type.TEXT_SHORT: ("answered",),
    Type.TEXT_LONG: ("answered",),
    Type.RANK: (*_HOLDS, "answered"),
    Type.MATRIX: ("answered",),
    Type.PLEDGE: ("answered",),
    Type.BOOKING: ("answered",),
    Type.INFO: (),
}


@dataclass
class ConditionReader:
    """Reads the conditions of one survey. `earlier` holds the questions before this place; None: one with errors."""

    findings: Findings
    all_ids: frozenset[str]
    earlier: dict[str, SurveyQuestion | None] = field(default_factory=dict)

    def read(self, node: Node | None, where: str) -> Condition | None:
        """The condition, or None where there is none or it is wrong (E240, E241, E243, E244, E245)."""
        if node is None:
            return None
        return self._condition(node, where, depth=1)

    def _condition(self, node: Node, where: str, *, depth: int) -> Condition | None:
        if not isinstance(node, Mapping):
            hint = "Write all: or any: before the list." if isinstance(node, Sequence) else EXAMPLE
            self._wrong(node, where, f"{described(node)}. {hint}")
            return None
        names = [entry.key.text for entry in node.entries]
        combining = [name for name in names if name in ("all", "any", "not")]
        if combining and len(names) > 1:
            self._wrong(node, where, f"{one_of(names).replace(' or ', ' and ')} stand side by side. Use one of them.")
            return None
        if not combining:
            return self._leaf(node, where)
        if depth > MAX_DEPTH:
            self._wrong(node, where, f"conditions are nested more than {MAX_DEPTH} deep. Make them flatter.")
            return None
        return self._combined(combining[0], node.entries[0].value, where, depth=depth)

    def _combined(self, name: str, value: Node, where: str, *, depth: int) -> Condition | None:
        if name == "not":
            part = self._condition(value, where, depth=depth + 1)
            return None if part is None else Not(part)
        nodes = value.items if isinstance(value, Sequence) else (value,)
        if not nodes:
            self._wrong(value, where, f"the list under {name} is empty. {EXAMPLE}")
            return None
        parts = [self._condition(node, where, depth=depth + 1) for node in nodes]
        whole = tuple(part for part in parts if part is not None)
        if len(whole) < len(parts):
            return None
        return All(whole) if name == "all" else Any(whole)

    def _wrong(self, node: Node, where: str, message: str, code: str = "E240") -> None:
        self.findings.error(code, node.at, where, message)

    def _leaf(self, node: Mapping, where: str) -> Condition | None:
        asked = node.get("question")
        if asked is None or not isinstance(asked.value, Scalar):
            names = [entry.key for entry in node.entries]
            if asked is None and names:
                hint = did_you_mean(names[0].text, ("all", "any", "not", "question"))
                self._wrong(names[0], where, f"{quoted(names[0].text)} does not say which question is meant.{hint}")
            else:
                self._wrong(node, where, f"the condition does not say which question is meant. {EXAMPLE}")
            return None
        ops = [entry for entry in node.entries if entry.key.text != "question"]
        unknown = [entry for entry in ops if entry.key.text not in OPS]
        for entry in unknown:
            hint = did_you_mean(entry.key.text, OPS)
            self._wrong(entry.key, where, f"{quoted(entry.key.text)} is not a comparison.{hint}")
        if len(ops) != 1 or unknown:
            if not unknown:
                self._wrong(node, where, f"a condition has one comparison, here are {len(ops)}. {EXAMPLE}")
            return None
        op = next(op for op in OPS if op == ops[0].key.text)
        return self._compared(asked.value, op, ops[0].value, where)

    def _compared(self, name: Scalar, op: Op, value: Node, where: str) -> Condition | None:
        if name.text not in self.earlier:
            exists = name.text in self.all_ids
            problem = "does not come before this place" if exists else "is not a question of this survey"
            hint = " Move it up, or move this down." if exists else did_you_mean(name.text, self.earlier)
            self._wrong(name, where, f"{quoted(name.text)} {problem}.{hint}", "E243")
            return None
        question = self.earlier[name.text]
        if question is None:
            return None
        if op not in FITTING[question.kind]:
            allowed = FITTING[question.kind]
            hint = f"Use {one_of(allowed)}." if allowed else "It takes no answer."
            message = f"{op} does not fit {question.id}, a question of type {question.kind}. {hint}"
            self._wrong(value, where, message, "E244")
            return None
        given = _Value(self.findings, question, op, where).read(value)
        return None if given is None else Leaf(question.id, op, given)


@dataclass(frozen=True)
class _Value:
    """Reads what an answer is compared with, and says when that can never be."""

    findings: Findings
    question: SurveyQuestion
    op: Op
    where: str

    def read(self, node: Node) -> Answer | None:
        scalars = self._scalars(node)
        if not scalars:
            return None
        if self.op == "answered":
            return self._truth(scalars[0])
        if self.op in _SIZE:
            return self._size(scalars[0])
        read = [self._one(scalar) for scalar in scalars]
        found = tuple(value for value in read if value is not None)
        if len(found) < len(read) or not self._possible(scalars, found):
            return None
        return found if self.op in ("in", "not_in") or len(found) > 1 else found[0]

    def _scalars(self, node: Node) -> tuple[Scalar, ...]:
        listing = self.op in ("in", "not_in", "includes", "excludes")
        nodes = node.items if isinstance(node, Sequence) and listing else (node,)
        found = tuple(item for item in nodes if isinstance(item, Scalar) and not item.empty)
        if len(found) < len(nodes) or not found:
            what = "a list of answers" if listing else "one value"
            self._wrong("E240", node, f"{described(node)}; {self.op} takes {what}.")
            return ()
        return found

    def _wrong(self, code: str, node: Node, message: str) -> None:
        self.findings.error(code, node.at, self.where, message)

    def _truth(self, scalar: Scalar) -> bool | None:
        if scalar.plain and scalar.text.casefold() in YES_AND_NO:
            return YES_AND_NO[scalar.text.casefold()]
        self._wrong("E240", scalar, f"{quoted(scalar.text)} is not true or false. Write answered: true.")
        return None

    def _size(self, scalar: Scalar) -> int | None:
        if not scalar.plain or not WHOLE.fullmatch(scalar.text) or len(scalar.text) > 15:
            self._wrong("E240", scalar, f"{described(scalar)}; {self.op} takes a whole number.")
            return None
        number = int(scalar.text)
        low, high = _bounds(self.question)
        if self.op == "at_least" and high is not None and number > high:
            self._wrong("E241", scalar, f"{self.question.id} is never more than {high}, so this is never true.")
            return None
        if self.op == "at_most" and low is not None and number < low:
            self._wrong("E241", scalar, f"{self.question.id} is never less than {low}, so this is never true.")
            return None
        return number

    def _one(self, scalar: Scalar) -> str | None:
        kind = self.question.kind
        if scalar.sort == "truth":
            hint = " Write yes or no." if kind is Type.YES_NO else f' Write "{scalar.text}" in quotes.'
            self._wrong("E104", scalar, f"{described(scalar)}.{hint}")
            return None
        if kind is Type.NUMBER and not WHOLE.fullmatch(scalar.text):
            self._wrong("E240", scalar, f"{described(scalar)}; {self.question.id} is answered with a whole number.")
            return None
        if kind is Type.DATE and values.day(scalar.text) is None:
            self._wrong("E208", scalar, f"{quoted(scalar.text)} is not a date. Write it like 2026-12-31.")
            return None
        return str(int(scalar.text)) if kind is Type.NUMBER and len(scalar.text) <= 15 else scalar.text

    def _possible(self, scalars: tuple[Scalar, ...], found: tuple[str, ...]) -> bool:
        impossible = [scalar for scalar, value in zip(scalars, found, strict=True) if not self._can_be(value)]
        if not impossible:
            return True
        affirmative = self.op in ("is", "in", "includes")
        code = "E241" if affirmative and len(impossible) == len(scalars) else "E245"
        for scalar in impossible:
            offered = self.question.values()
            hint = did_you_mean(scalar.text, offered) if offered else f" It lies outside {_range(self.question)}."
            never = ", so this is never true" if code == "E241" else ""
            self._wrong(code, scalar, f"{self.question.id} is never {quoted(scalar.text)}{never}.{hint}")
        return False

    def _can_be(self, value: str) -> bool:
        offered = self.question.values()
        if offered:
            return value in offered
        if self.question.kind is Type.NUMBER:
            low, high = _bounds(self.question)
            return (low is None or int(value) >= low) and (high is None or int(value) <= high)
        day = values.day(value)
        earliest, latest = self.question.earliest, self.question.latest
        return day is not None and (earliest is None or day >= earliest) and (latest is None or day <= latest)


def _bounds(question: SurveyQuestion) -> tuple[int | None, int | None]:
    if question.kind is Type.SCALE and question.points:
        return question.points[0].value, question.points[-1].value
    if question.kind is Type.MULTI:
        return 1, len(question.values())
    return question.minimum, question.maximum


def _range(question: SurveyQuestion) -> str:
    if question.kind is Type.DATE:
        return f"{question.earliest or 'any day'} to {question.latest or 'any day'}"
    low, high = _bounds(question)
    return f"{'any number' if low is None else low} to {'any number' if high is None else high}"
