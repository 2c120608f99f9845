"""What a person sees of deadlines: what needs them now, what is theirs, what the word `deadlines` answers."""

from bot.conversation.prompt import Notice
from bot.conversation.reading import long_date
from bot.links import Button, Purpose
from bot.rules.nudge_ladder import SNOOZES_ALLOWED
from handlers.acts import Listing, Need
from handlers.deadlines.answering import OPTIONS
from handlers.partnership import calendar_of
from handlers.sayings import wish_in
from handlers.wording import step_in_words
from storage.deadlines import OwnedStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NEAR_DAYS = 10


def _need(owned: OwnedStep, uow: UnitOfWork) -> Need:
    late = uow.now >= owned.step.due_before
    can_wait = not late and owned.step.snoozes < SNOOZES_ALLOWED
    buttons = tuple(
        Button(option.label, Purpose.DEADLINE, str(owned.step.id), option.choice)
        for option in OPTIONS
        if option.choice != "more-time" or can_wait
    )
    when = f"{'Overdue since' if late else 'Due'} {long_date(owned.step.due_on)}"
    return Need(step_in_words(owned.deadline.title, owned.step.label), when, buttons, urgent=late)


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Steps of this person that are overdue or due within ten working days, and hand-overs that wait for a yes."""
    calendar = await calendar_of(uow)
    today = calendar.local(uow.now).date()
    found: list[Need] = []
    for owned in await uow.deadlines.open_steps(owner_id=person.id):
        if owned.step.handed_to == person.id:
            about = str(owned.step.id)
            found.append(
                Need(
                    f"Will you take over “{owned.deadline.title}”?",
                    f"{owned.owner.name} asks. Due {long_date(owned.step.due_on)}",
                    (
                        Button("Yes, I take it", Purpose.HANDOVER, about, "accept"),
                        Button("No", Purpose.HANDOVER, about, "refuse"),
                    ),
                )
            )
        elif calendar.working_days_between(today, owned.step.due_on) <= NEAR_DAYS:
            found.append(_need(owned, uow))
    return tuple(found)


async def words(uow: UnitOfWork, person: Person, rest: str) -> Listing | Notice:
    """`deadlines`: all that are this person's, the nearest first; `due this week` what is overdue or due by then."""
    mine = [owned for owned in await uow.deadlines.open_steps(owner_id=person.id) if owned.step.owner_id == person.id]
    if not mine:
        return Notice("No deadline is yours", ("Nothing is due from you at present.",))
    wish = wish_in(rest, today=(await calendar_of(uow)).local(uow.now).date())
    near = mine if wish.span is None else [owned for owned in mine if owned.step.due_on <= wish.span.last]
    if wish.span is not None and not near:
        first = f"The first is due {long_date(mine[0].step.due_on)}. Say “deadlines” to see all of them."
        return Notice(f"Nothing of yours is due {wish.span.said}", (first,))
    later = "" if len(near) == len(mine) else f"{len(mine) - len(near)} more come later. Say “deadlines” to see all."
    return Listing("Your deadlines", tuple(_need(owned, uow) for owned in near), (later,) if later else ())
