"""Nudging before deadlines: one message for each person and day, and the manager when something is overdue."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from bot.rules.calendar import WorkingCalendar
from bot.rules.nudge_ladder import Nudge, Whom, ladder, rungs_due, snoozed
from digests.sweep import Sweep
from handlers.partnership import calendar_of
from storage.deadlines import OwnedStep
from storage.deliveries import Message
from storage.tables.deliveries import Lane
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

EVERY_S = 300.0
Due = tuple[OwnedStep, Nudge]


def nudge_for(owned: OwnedStep, *, settled: set[str], today: date, calendar: WorkingCalendar) -> Nudge | None:
    """The one nudge that is due for a step today, or None."""
    created = calendar.local(owned.deadline.created_at).date()
    rungs = ladder(owned.step.due_on, created, calendar, statutory=owned.step.statutory)
    if owned.step.snoozed_to is not None:
        rungs = snoozed(rungs, owned.step.snoozed_to)
    return rungs_due(rungs, today, settled)


async def nudge(store: Store) -> int:
    """Finds what is due today, merges it by person, and queues one message for each."""
    async with store.transaction() as uow:
        calendar = await calendar_of(uow)
        today = calendar.local(uow.now).date()
        open_steps = await uow.deadlines.open_steps(lock=True)
        settled = await uow.deadlines.settled_rungs([owned.step.id for owned in open_steps])
        due: list[Due] = []
        for owned in open_steps:
            found = nudge_for(owned, settled=settled[owned.step.id], today=today, calendar=calendar)
            if found is None or not (calendar.is_working_day(today) or owned.step.statutory):
                continue
            due.append((owned, found))
            await uow.deadlines.settle(
                step_id=owned.step.id,
                rungs=found.keys,
                person_id=owned.owner.id,
                planned_for=today,
                outcome="sent" if owned.owner.nudges else "held back: no nudges wanted",
            )
        await _tell_owners(uow, due, today)
        await _tell_others(uow, due, today)
        return len(due)


async def _tell_owners(uow: UnitOfWork, due: list[Due], today: date) -> None:
    by_owner: dict[int, list[Due]] = defaultdict(list)
    for owned, found in due:
        if Whom.OWNER in found.whom and owned.owner.nudges and owned.owner.left_at is None:
            by_owner[owned.owner.id].append((owned, found))
    for items in by_owner.values():
        await _queue(uow, items[0][0].owner, "deadline.nudge", items, today)


async def _tell_others(uow: UnitOfWork, due: list[Due], today: date) -> None:
    for_whom: dict[int, list[Due]] = defaultdict(list)
    people: dict[int, Person] = {}
    for owned, found in due:
        for person in await _above(uow, owned, found.whom):
            people[person.id] = person
            for_whom[person.id].append((owned, found))
    for person_id, items in for_whom.items():
        await _queue(uow, people[person_id], "deadline.overdue", items, today)


async def _above(uow: UnitOfWork, owned: OwnedStep, whom: Iterable[Whom]) -> list[Person]:
    """The manager of the owner, the executives: as the ladder says; the operations team where nobody is there."""
    found: list[Person] = []
    if Whom.MANAGER in whom:
        manager = None if owned.owner.manager_email is None else await uow.people.by_email(owned.owner.manager_email)
        present = manager is not None and manager.left_at is None
        found += [manager] if manager is not None and present else await uow.people.with_role("coordinator")
    if Whom.EXECUTIVE in whom:
        found += await uow.people.with_role("executive") or await uow.people.with_role("coordinator")
    return [person for person in found if person.id != owned.owner.id]


async def _queue(uow: UnitOfWork, person: Person, kind: str, items: list[Due], today: date) -> None:
    rows = [
        {
            "step": owned.step.id,
            "title": owned.deadline.title,
            "label": owned.step.label,
            "due": owned.step.due_on.isoformat(),
            "overdue": found.overdue,
            "owner": owned.owner.name,
        }
        for owned, found in items
    ]
    about = f"deadline:{items[0][0].step.id}" if len(items) == 1 else ""
    statutory_today = any(owned.step.statutory and owned.step.due_on == today for owned, _ in items)
    await uow.deliveries.tell(
        person,
        Message(
            kind=kind,
            ledger_key=f"{kind}:{today.isoformat()}:{'-'.join(str(owned.step.id) for owned, _ in items)}"[:150],
            lane=Lane.PROMPT if statutory_today else Lane.ROUTINE,
            about=about,
            facts={"items": rows},
        ),
    )


SWEEPS = (Sweep("deadlines: nudge", EVERY_S, nudge),)
