"""Escalations that have reached nobody: everybody on the ladder was passed over or takes no message by any way.

That is the alarm's second reason, beside an alert that has not left for half an hour: clocks run on, but the operations
team must ring somebody now. Source: reference/booking-escalation-deadlines.md 2.4 (E4, "Delivery contract").
"""

from datetime import timedelta
from typing import Final

from bot.rules.escalation_access import Side
from bot.rules.escalation_states import State
from handlers.escalations.presence import presence_of
from handlers.escalations.telling import about_step
from storage.escalation_history import all_open, contacts_of
from storage.unit_of_work import UnitOfWork

RINGS_AFTER: Final = timedelta(minutes=30)
"""No channel accepts an alert within this time: alarm (reference/booking-escalation-deadlines.md 2.4, Delivery
contract)."""


async def alarms_of(uow: UnitOfWork) -> list[str]:
    """What the operations team has to do something about at once, by telephone; empty when nothing is wrong."""
    oldest = await uow.deliveries.oldest_due_alert()
    waited = timedelta(0) if oldest is None else uow.now - oldest
    late = [f"An alert has waited for {minutes_of(waited)} minutes: neither Slack nor mail takes it. Ring the people."]
    nobody = [f"{reference} has reached nobody: ring the agency." for reference in await reaches_nobody(uow)]
    return [*(late if waited >= RINGS_AFTER else []), *nobody]


def minutes_of(waited: timedelta) -> int:
    """A wait in whole minutes."""
    return round(waited.total_seconds() / 60)


async def reaches_nobody(uow: UnitOfWork) -> list[str]:
    """The references of open escalations that wait for somebody to take them on, with nobody to do so; oldest first.

    Whoever was told and has left or gone away since does not count, nor does who is next on the ladder and not there.
    Raised in practice mode they are not among them: nobody is told of those anyway.
    """
    waiting = [each for each in await all_open(uow) if each.state == State.AWAITING_ACK and not each.practice]
    steps = {step.escalation_id: step for step in await uow.escalations.steps([each.id for each in waiting])}
    ladders = await contacts_of(uow, [step.id for step in steps.values()])
    about = {each.id: about_step(each, steps[each.id]) for each in waiting if each.id in steps}
    told = [contact for ladder in ladders.values() for contact in ladder]
    presence = await presence_of(uow, told, abouts=set(about.values()))
    return [
        each.reference
        for each in waiting
        if each.id in steps
        and not any(
            presence.is_there(each, contact, ladders[steps[each.id].id], about=about[each.id])
            for contact in ladders[steps[each.id].id]
            if contact.side == Side.OTHER and contact.skipped_because is None
        )
    ]


def in_words(number: int) -> str:
    """How many there are, in a sentence without a name."""
    return "An escalation has reached nobody." if number == 1 else f"{number} escalations have reached nobody."
