"""The engine: begin, submit, back. It does no I/O, knows no surface, and never throws an answer away.

The talk goes through the steps in order; a step whose condition is false is passed over. After a change to an earlier
step the next step is the first one not yet visited, or the check of all answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.conversation.conditions import Answer, Answers, holds
from bot.conversation.flow import CHECK_ANSWERS, WRITING, Flow, Kind, Question, Step
from bot.conversation.reading import NoAnswer, Raw, Unreadable, read
from bot.conversation.snapshot import Snapshot
from bot.rules.identifiers import Span, find, remove

Finder = Callable[[str, Question], tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a person handed in for one step. `remove` says: take the identifiers out for me.

    `keep` names questions whose stored answer was not shown again, so that an empty box leaves it as it is.
    """

    step: str
    raw: Mapping[str, Raw]
    remove: bool = False
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was stored; each error belongs to a question. `found` are the identifiers seen in free text (law 8)."""

    snapshot: Snapshot
    errors: Mapping[str, str]
    found: Mapping[str, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class Moved:
    """The answers were taken; the talk goes on at `snapshot.step`."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Stopped:
    """The talk reached a stop step: nothing is kept of it."""

    step: Step


@dataclass(frozen=True, slots=True)
class Finished:
    """The talk is complete; only answers to steps that are still part of it are left."""

    snapshot: Snapshot


Outcome = Rejected | Moved | Stopped | Finished


def look_for_identifiers(text: str, question: Question) -> tuple[Span, ...]:
    """The identifiers that may not be stored in this question's answer."""
    return find(text, profile=question.identifiers)


def begin(flow: Flow, *, answers: Answers | None = None) -> Snapshot:
    """A new talk, standing at its first step, perhaps with answers already known from how it was opened."""
    start = Snapshot(flow=flow.name, version=flow.version, step=flow.steps[0].key, answers=dict(answers or {}))
    first = _next_unvisited(flow, start)
    return start.at(first) if first else start


def current(flow: Flow, snapshot: Snapshot) -> Snapshot:
    """The same talk under today's definition: a step that no longer exists is replaced by the next open one."""
    if snapshot.step == CHECK_ANSWERS or flow.step(snapshot.step):
        return snapshot
    return snapshot.at(_next_unvisited(flow, snapshot) or CHECK_ANSWERS)


def submit(flow: Flow, snapshot: Snapshot, given: Given, *, finder: Finder = look_for_identifiers) -> Outcome:
    """Takes the answers of one step, which may be an earlier one, and says where the talk stands now."""
    if given.step == CHECK_ANSWERS:
        return _finish_or_go_on(flow, snapshot)
    step = flow.step(given.step)
    if step is None or not _reachable(flow, snapshot, step):
        return Moved(current(flow, snapshot))
    answers, errors, found = _read_step(step, snapshot.answers, given, finder)
    if errors or found:
        return Rejected(snapshot.at(step.key), errors, found)
    taken = replace(snapshot, answers=answers, trail=(*(key for key in snapshot.trail if key != step.key), step.key))
    following = _next_unvisited(flow, taken)
    if following is None:
        return Moved(taken.at(CHECK_ANSWERS)) if flow.check else _finish_or_go_on(flow, taken)
    reached = flow.step(following)
    if reached is not None and reached.stop:
        return Stopped(reached)
    return Moved(taken.at(following))


def take(flow: Flow, snapshot: Snapshot, given: Given, *, finder: Finder = look_for_identifiers) -> Rejected | Moved:
    """Keeps the answers of `given.raw` and no others; the step stays open, for it is answered bit by bit.

    A direct message asks one question at a time, and a reply by e-mail may leave some out: `submit` ends the step. What
    can be read is kept even where something else cannot: the talk in `Rejected` then has those answers.
    """
    step = flow.step(given.step)
    if step is None or not _reachable(flow, snapshot, step):
        return Moved(current(flow, snapshot))
    answers, errors, found = _read_step(step, snapshot.answers, given, finder, only=frozenset(given.raw))
    taken = replace(snapshot, step=step.key, answers=answers)
    return Rejected(taken, errors, found) if errors or found else Moved(taken)


def back(flow: Flow, snapshot: Snapshot) -> Snapshot:
    """The step before this one, answers kept; at the first step the talk stays where it is."""
    visible = [step.key for step in flow.steps if holds(step.show_if, snapshot.answers)]
    place = visible.index(snapshot.step) if snapshot.step in visible else len(visible)
    return snapshot.at(visible[place - 1]) if place else snapshot


def go_to(flow: Flow, snapshot: Snapshot, step: str) -> Snapshot:
    """The talk standing at a step that was already reached (the "Change" of check answers); otherwise where it was."""
    wanted = flow.step(step)
    if wanted is not None and _reachable(flow, snapshot, wanted):
        return snapshot.at(step)
    if step == CHECK_ANSWERS and flow.check and _next_unvisited(flow, snapshot) is None:
        return snapshot.at(CHECK_ANSWERS)
    return snapshot


def visible_questions(step: Step, answers: Answers) -> tuple[Question, ...]:
    """The questions of a step that are asked, given the answers so far."""
    return tuple(question for question in step.questions if holds(question.show_if, answers))


def place(flow: Flow, snapshot: Snapshot) -> tuple[int, int]:
    """Which step this is and how many there are at present: (3, 7)."""
    visible = [step.key for step in flow.steps if holds(step.show_if, snapshot.answers) and not step.stop]
    number = visible.index(snapshot.step) + 1 if snapshot.step in visible else len(visible)
    return number, len(visible)


def question_place(flow: Flow, snapshot: Snapshot, question: str) -> tuple[int, int]:
    """Which question this is and how many there are at present: (3, 7). The last one for a question not among them."""
    asked = [
        each.key
        for step in flow.steps
        if holds(step.show_if, snapshot.answers)
        for each in visible_questions(step, snapshot.answers)
        if each.kind is not Kind.INFO
    ]
    return (asked.index(question) + 1 if question in asked else len(asked)), len(asked)


def _read_step(
    step: Step, before: Answers, given: Given, finder: Finder, *, only: frozenset[str] | None = None
) -> tuple[dict[str, Answer], dict[str, str], dict[str, tuple[Span, ...]]]:
    answers, errors, found = dict(before), {}, {}
    for question in (shown for shown in visible_questions(step, before) if shown in step.asked()):
        if only is not None and question.key not in only:
            continue
        if question.key in given.keep and question.key in before and not given.raw.get(question.key):
            continue
        answer = read(question, given.raw.get(question.key))
        if isinstance(answer, Unreadable):
            errors[question.key] = answer.why
            continue
        if isinstance(answer, NoAnswer):
            answers.pop(question.key, None)
            continue
        if refused := question.refusal_of(answer):
            errors[question.key] = refused
            continue
        if any(answers.get(earlier) == answer for earlier in question.differs_from):
            # Does not say which: words beside a question wait in the outbox too, where no answer stands.
            errors[question.key] = f"You have chosen that already. Choose another for “{question.ask}”"
            continue
        if question.kind in WRITING and isinstance(answer, str):
            spans = finder(answer, question)
            if spans and not given.remove:
                found[question.key] = spans
                continue
            answer = remove(answer, spans) if spans else answer
        answers[question.key] = answer
    return answers, errors, found


def _reachable(flow: Flow, snapshot: Snapshot, step: Step) -> bool:
    """Visited, open, or next in turn: after "back" the step that was left is next, and words for it still count."""
    known = step.key in (*snapshot.trail, snapshot.step) or step.key == _next_unvisited(flow, snapshot)
    return known and holds(step.show_if, snapshot.answers)


def _next_unvisited(flow: Flow, snapshot: Snapshot) -> str | None:
    for step in flow.steps:
        if step.key not in snapshot.trail and holds(step.show_if, snapshot.answers):
            return step.key
    return None


def _finish_or_go_on(flow: Flow, snapshot: Snapshot) -> Moved | Finished:
    open_step = _next_unvisited(flow, snapshot)
    if open_step is not None:
        return Moved(snapshot.at(open_step))
    asked = {
        question.key
        for step in flow.steps
        if holds(step.show_if, snapshot.answers)
        for question in visible_questions(step, snapshot.answers)
    }
    kept = {key: answer for key, answer in snapshot.answers.items() if key in asked}
    return Finished(replace(snapshot, answers=kept))
