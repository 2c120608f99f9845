"""The timetable of the operations team: what is due, whose it is, what was nudged, what came in on time."""

from dataclasses import dataclass

from bot.rules.deadline_kinds import ALL_KINDS
from storage.deadlines import ACTIVE, DONE, SUPERSEDED
from storage.tables.deadlines import Deadline, DeadlineStep
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Line:
    """One step of one deadline as the timetable shows it."""

    deadline: Deadline
    step: DeadlineStep
    kind: str
    owner: str
    overdue: bool
    late: bool
    nudges: int


async def timetable_of(uow: UnitOfWork) -> list[Line]:
    """Every step that still matters: the overdue first, then by date; the done ones last."""
    people = {person.id: person.name for person in await uow.people.everybody()}
    lines: list[Line] = []
    for deadline in await uow.deadlines.everything():
        steps = [step for step in await uow.deadlines.steps(deadline.id) if step.state != SUPERSEDED]
        nudges = await uow.deadlines.nudges([step.id for step in steps])
        for step in steps:
            finished = step.done_at or uow.now
            lines.append(
                Line(
                    deadline=deadline,
                    step=step,
                    kind=ALL_KINDS[deadline.kind].label,
                    owner=people.get(step.owner_id, "nobody"),
                    overdue=step.state == ACTIVE and uow.now >= step.due_before,
                    late=finished >= step.due_before,
                    nudges=sum(nudge.step_id == step.id and nudge.outcome == "sent" for nudge in nudges),
                )
            )
    return sorted(lines, key=lambda line: (line.step.state == DONE, not line.overdue, line.step.due_before))
