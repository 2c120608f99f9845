"""What applying a deadlines file means: steps with dates, and a corrected anchor that supersedes, never edits."""

import hashlib

from bot.files.deadlines import DeadlineEntry, parse_deadlines
from bot.files.problems import FileProblems, Problem
from bot.rules.calendar import WorkingCalendar
from bot.rules.deadlines import DueStep, anchor_problem, kind_of, next_due, steps_for
from handlers.apply import Applied, FileSource
from handlers.partnership import calendar_of, partnership_of
from storage.deadlines import ACTIVE, SUPERSEDED
from storage.tables.deadlines import Deadline, DeadlineStep
from storage.tables.people import Person
from storage.turns import take_turns
from storage.unit_of_work import UnitOfWork


async def apply_deadlines(uow: UnitOfWork, source: FileSource) -> list[Applied]:
    """Keeps the deadlines of a file. Raises FileProblems, then nothing is kept."""
    partnership = await partnership_of(uow)
    entries = parse_deadlines(source.text, partnership.known()).value
    calendar = await calendar_of(uow)
    applied: list[Applied] = []
    problems: list[Problem] = []
    for entry in entries:
        owner = await uow.people.by_email(entry.owner)
        wrong = _problem(entry, owner, calendar)
        if wrong or owner is None:
            problems.append(Problem("E218", _line_of(source.text, entry.id), 1, entry.id, wrong))
        elif not problems:
            applied.append(await _apply(uow, source, entry, owner, calendar))
    if problems:
        raise FileProblems(problems)
    return applied


def _problem(entry: DeadlineEntry, owner: Person | None, calendar: WorkingCalendar) -> str:
    if owner is None:
        return f"{entry.owner} is not in the register. Import the person first, then apply this file again."
    if owner.left_at is not None:
        return f"{entry.owner} has left. Name somebody who is still here as owner."
    try:
        steps_for(entry.kind, entry.anchor, calendar, due=entry.due, every=entry.every)
    except ValueError as problem:
        return str(problem)
    return ""


async def _apply(
    uow: UnitOfWork, source: FileSource, entry: DeadlineEntry, owner: Person, calendar: WorkingCalendar
) -> Applied:
    content = hashlib.sha256(repr(entry).encode()).hexdigest()
    known = await uow.deadlines.get(entry.id)
    if known is not None and known.content_hash == content:
        return Applied("deadline", entry.id, "unchanged")
    steps = steps_for(entry.kind, entry.anchor, calendar, due=entry.due, every=entry.every)
    if known is None:
        deadline = Deadline(
            id=entry.id,
            kind=entry.kind,
            title=entry.title,
            owner_id=owner.id,
            priority=entry.priority or None,
            anchor=entry.anchor,
            every=entry.every or kind_of(entry.kind).every,
            state=ACTIVE,
            content_hash=content,
            created_at=uow.now,
        )
        await uow.deadlines.add(deadline, [step_row(step, owner, entry.title) for step in steps])
        uow.audit.add(
            "deadline.created", thing=entry.id, by=source.by, detail={"kind": entry.kind, "due": _dates(steps)}
        )
        return Applied("deadline", entry.id, "created", _note(entry, steps, uow, calendar))
    moved = await _correct(uow, known, steps, owner)
    known.title, known.owner_id, known.priority = entry.title, owner.id, entry.priority or None
    known.anchor, known.every, known.content_hash = entry.anchor, entry.every or kind_of(entry.kind).every, content
    uow.audit.add("deadline.corrected", thing=entry.id, by=source.by, detail={"due": _dates(steps), "moved": moved})
    return Applied("deadline", entry.id, "changed", _note(entry, steps, uow, calendar))


async def _correct(uow: UnitOfWork, known: Deadline, steps: tuple[DueStep, ...], owner: Person) -> list[str]:
    """Replaces open steps whose date changed; the old ones stay as superseded, so that the history is whole."""
    before = {step.key: step for step in await uow.deadlines.steps(known.id) if step.state != SUPERSEDED}
    moved: list[str] = []
    fresh: list[DeadlineStep] = []
    for step in steps:
        old = before.get(step.key)
        if old is not None and old.state != ACTIVE:
            continue
        if old is not None and old.due_on == step.due_on:
            old.owner_id = owner.id
            continue
        if old is not None:
            moved.append(f"{old.key}: {old.due_on.isoformat()} to {step.due_on.isoformat()}")
            old.state, old.key = SUPERSEDED, f"{old.key}~{old.id}"
            await uow.deliveries.supersede(about=f"deadline:{old.id}")
        fresh.append(step_row(step, owner, known.title))
    await uow.deadlines.add_steps(known, fresh)
    return moved


async def come_round(uow: UnitOfWork, deadline: Deadline) -> Deadline | None:
    """The next one of a deadline that recurs, once all steps of this one are done; None when it does not recur."""
    if deadline.every is None:
        return None
    await take_turns(uow)
    calendar = await calendar_of(uow)
    steps = [step for step in await uow.deadlines.steps(deadline.id) if step.state != SUPERSEDED]
    last = max(step.due_on for step in steps)
    owner = await uow.people.get(deadline.owner_id)
    following = next_due(last, deadline.every)
    new_id = f"{deadline.id.split('@')[0]}@{following.isoformat()}"
    if owner is None or await uow.deadlines.get(new_id) is not None:
        return None
    fresh = Deadline(
        id=new_id,
        kind=deadline.kind,
        title=deadline.title,
        owner_id=deadline.owner_id,
        priority=deadline.priority,
        anchor=None,
        every=deadline.every,
        state=ACTIVE,
        content_hash="",
        created_at=uow.now,
    )
    if not kind_of(deadline.kind).takes_a_date:
        return None
    await uow.deadlines.add(
        fresh,
        [step_row(step, owner, deadline.title) for step in steps_for(deadline.kind, None, calendar, due=following)],
    )
    uow.audit.add("deadline.came-round", thing=new_id, detail={"after": deadline.id, "due": following.isoformat()})
    return fresh


def step_row(step: DueStep, owner: Person, title: str) -> DeadlineStep:
    """A new step of a deadline, as it is kept: its own label, else the deadline's title."""
    return DeadlineStep(
        key=step.key,
        label=step.label or title,
        window_from=step.window_from,
        due_on=step.due_on,
        due_before=step.due_before,
        working_target=None if step.working_target == step.due_on else step.working_target,
        statutory=step.statutory,
        provisional=step.provisional,
        owner_id=owner.id,
        state=ACTIVE,
        snoozes=0,
    )


def _dates(steps: tuple[DueStep, ...]) -> dict[str, str]:
    return {step.key: step.due_on.isoformat() for step in steps}


def _note(entry: DeadlineEntry, steps: tuple[DueStep, ...], uow: UnitOfWork, calendar: WorkingCalendar) -> str:
    """What whoever applies the file should know. A statutory clock that starts later is kept, and said (contract)."""
    today = calendar.local(uow.now).date()
    notes = [] if entry.anchor is None else [anchor_problem(entry.kind, entry.anchor, today) or ""]
    if any(step.due_before <= uow.now for step in steps):
        notes.append("overdue already")
    if any(step.provisional for step in steps):
        notes.append("provisional: bank holidays of that year are not confirmed yet")
    return "; ".join(note for note in notes if note)


def _line_of(text: str, deadline_id: str) -> int:
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if deadline_id in line), 1)
