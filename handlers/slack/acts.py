"""Buttons in messages and on App Home: the act is the one of the same button in an e-mail or on the web."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from slack_bolt.response import BoltResponse

from bot.conversation.prompt import Notice, Receipt
from bot.links import Purpose
from bot.rendering.slack_blocks import ACT
from handlers.acts import LONGEST_ABOUT, Goes, Opens, Press
from handlers.registry import ACTS
from handlers.slack import answers
from handlers.slack.context import SlackContext
from handlers.slack.home import refresh
from handlers.slack.inbound import Inbound, first_time
from handlers.slack.opening import ForPerson, open_form, start
from handlers.slack.people import for_person
from handlers.slack.showing import show_notice
from storage.deliveries import Message
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

OLD_BUTTON = Notice("This button no longer works", ("Open Herald's Home tab to see what waits for you now.",))


@dataclass(frozen=True, slots=True)
class _Pressed:
    """What came of a press, and whether this was its first time."""

    made: ForPerson | Goes
    new: bool


async def pressed(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """One transaction, then the answer in front of the person; the message that had the button says what was done."""

    async def act(uow: UnitOfWork, person: Person) -> _Pressed:
        new = await first_time(uow, inbound)
        made = await _act(uow, person, inbound)
        if new and isinstance(made, ForPerson) and isinstance(made.shown, Receipt | Notice):
            await _say_what_was_done(uow, person, inbound, made.shown)
        return _Pressed(made, new)

    done = await for_person(context, inbound, act)
    if not done.new:
        return answers.nothing()
    if isinstance(done.made, Goes):
        notice = Notice("This is done on the web", ("You may be asked to sign in first.",))
        return await show_notice(
            context, inbound, notice, link=context.page(done.made.path), link_words="Open the page"
        )
    context.afterwards.do(refresh(context, inbound.slack_id), about=inbound.slack_id)
    return await open_form(context, inbound, done.made)


async def old_button(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """A button that this version of Herald does not know."""
    return await show_notice(context, inbound, OLD_BUTTON)


async def _act(uow: UnitOfWork, person: Person, inbound: Inbound) -> ForPerson | Goes:
    _, _, purpose, choice = (*inbound.action_id.split(":", 3), "", "", "")[:4]
    act = ACTS.get(Purpose(purpose)) if purpose in set(Purpose) else None
    if act is None or len(inbound.value) > LONGEST_ABOUT:
        return ForPerson(person, OLD_BUTTON)
    done = await act.act(uow, Press(person, inbound.value, choice, inbound.keys[0]))
    match done:
        case Opens():
            return await start(uow, person, done, inbound)
        case Goes():
            return done
        case Receipt() | Notice():
            return ForPerson(person, done)


async def _say_what_was_done(uow: UnitOfWork, person: Person, inbound: Inbound, done: Receipt | Notice) -> None:
    """The message changes to what was done and when, unless its other buttons are about other things."""
    place = f"{inbound.channel}/{inbound.message.get('ts')}"
    earlier = await uow.deliveries.message_at(place, person_id=person.id)
    if earlier is None or len(_subjects(inbound.message)) != 1:
        return
    facts = {
        "title": done.title,
        "reference": done.reference if isinstance(done, Receipt) else "",
        "recorded": isinstance(done, Receipt),
        "at": uow.now.isoformat(),
    }
    message = Message(kind="talk.done", ledger_key=f"talk.done:{place}", facts=facts, replaces=earlier)
    await uow.deliveries.answer_in_slack(person, message)


def _subjects(message: Any) -> set[str]:
    """What the buttons of a message are about."""
    elements = chain.from_iterable(block.get("elements") or () for block in message.get("blocks") or ())
    buttons = [each for each in elements if str(each.get("action_id", "")).startswith(f"{ACT}:")]
    return {f"{str(each['action_id']).split(':')[2]}/{each.get('value', '')}" for each in buttons}
