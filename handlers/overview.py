"""What needs a person of the operations team today: one short list over all subjects, the most urgent first."""

from dataclasses import dataclass
from datetime import timedelta

from bot.conversation.reading import long_date
from bot.rules.booking_states import BookingState
from bot.rules.edition_states import EditionState
from handlers.addresses import newly_lost
from handlers.bulletins.freezing import is_paused
from handlers.bulletins.releasing import why_not_approve
from handlers.deadlines.overview import timetable_of
from handlers.escalations.lists import board_of
from handlers.wording import step_in_words
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

SOON = timedelta(days=7)
REGISTER_ASKED_FOR = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at, and where."""

    title: str
    line: str
    path: str
    urgent: bool = False


async def today_for(uow: UnitOfWork, person: Person) -> list[Item]:
    """The items that this person's roles let them do something about."""
    roles = set(person.roles)
    items: list[Item] = []
    if "escalation-lead" in roles:
        items += await _escalations(uow)
    if roles & {"coordinator", "publisher", "admin", "escalation-lead"}:
        items += await _messages(uow)
    if roles & {"coordinator", "analyst"}:
        items += await _deadlines(uow)
        items += await _registers(uow)
    if roles & {"coordinator", "publisher"}:
        items += await _bulletins(uow, person)
    if roles & {"coordinator", "admin"}:
        items += await _strangers(uow)
        items += await _addresses(uow)
    return sorted(items, key=lambda item: not item.urgent)


async def _escalations(uow: UnitOfWork) -> list[Item]:
    return [
        Item(
            f"Escalation {line.escalation.reference} is at {line.stage}",
            f"{line.raising} and {line.other}. Next: {line.next.action.value}." if line.next else "",
            f"/escalations/{line.escalation.reference}",
            urgent=line.urgent or line.late,
        )
        for line in (await board_of(uow)).open
    ]


async def _messages(uow: UnitOfWork) -> list[Item]:
    needing = await uow.deliveries.needing_a_person()
    oldest = await uow.deliveries.oldest_due_alert()
    items = []
    if oldest is not None and uow.now - oldest > timedelta(minutes=30):
        items.append(
            Item("An alert has not left for half an hour", "Look at mail and Slack.", "/ops/outbox", urgent=True)
        )
    if needing:
        said = _counted(len(needing), "message", "messages") + " did not reach anybody"
        items.append(Item(said, "Look why, and try again.", "/ops/outbox"))
    return items


async def _deadlines(uow: UnitOfWork) -> list[Item]:
    lines = [line for line in await timetable_of(uow) if line.step.state == "active"]
    overdue = [line for line in lines if line.overdue]
    soon = [line for line in lines if not line.overdue and line.step.due_before - uow.now < SOON]
    items = [
        Item(
            f"Overdue: {step_in_words(line.deadline.title, line.step.label)}",
            f"{line.owner}, since {long_date(line.step.due_on)}",
            "/ops/deadlines",
            urgent=line.step.statutory,
        )
        for line in overdue
    ]
    if soon:
        first = min(soon, key=lambda line: line.step.due_before)
        words = f"The nearest is {first.deadline.title}, on {long_date(first.step.due_on)}."
        items.append(Item(f"{_counted(len(soon), 'deadline', 'deadlines')} within a week", words, "/ops/deadlines"))
    return items


async def _bulletins(uow: UnitOfWork, person: Person) -> list[Item]:
    items = []
    for row in await uow.bulletins.all():
        path = f"/ops/bulletins/{row.id}"
        if row.state == EditionState.MISSED:
            words = "Its time was over before it could begin. Choose another time, or cancel it."
            items.append(Item(f"Not sent: {row.title}", words, path, urgent=True))
        elif row.state == EditionState.DRAFT and not why_not_approve(row, person):
            items.append(Item(f"Waiting for a second person: {row.title}", "Look through it and approve it.", path))
        elif row.state == EditionState.SENDING and await is_paused(uow, row.id):
            items.append(Item(f"Paused: {row.title}", "Some readers have it and others do not.", path))
    return items


async def _strangers(uow: UnitOfWork) -> list[Item]:
    waiting = await uow.people.strangers_waiting()
    if not waiting:
        return []
    said = "1 person asks" if len(waiting) == 1 else f"{len(waiting)} people ask"
    return [Item(f"{said} to be let in", "They are not in the register.", "/ops/people")]


async def _addresses(uow: UnitOfWork) -> list[Item]:
    lost = await newly_lost(uow)
    if not lost:
        return []
    said = f"E-mail to {_counted(lost, 'address', 'addresses')} does not arrive any more"
    return [Item(said, "Mend the address, or give it another chance.", "/ops/addresses")]


async def _registers(uow: UnitOfWork) -> list[Item]:
    """Sessions of the last weeks whose register nobody has taken."""
    items = []
    for session in await uow.briefings.all():
        if not uow.now - REGISTER_ASKED_FOR < session.ends_at <= uow.now:
            continue
        if await uow.briefings.bookings(session.id, states=(BookingState.CONFIRMED,)):
            path = f"/ops/briefings/{session.id}"
            items.append(Item(f"Register missing: {session.title}", "Who came? It takes a minute.", path))
    return items


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
