"""Going on with a talk that is open: after a closed form, an expired trigger, or on another surface.

The table of talks is given in, because the table of acts, which stands beside it, lists what is made here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot import words
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from bot.links import Button, Purpose
from handlers.acts import Act, ActPage, Done, Need, Opens, Option, Press
from handlers.talk import About, Talk
from storage.tables.conversations import Conversation
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

CONTINUE = "Continue"
KEPT = "You began this and have not sent it yet. Your answers are kept."
NOT_FOUND = Notice("We cannot find this", (words.NOT_FOUND,))
ENDED = Notice("This has ended", (words.EXPIRED,))

Talks = Mapping[str, Talk]


@dataclass(frozen=True, slots=True)
class _Open:
    conversation: Conversation
    flow: Flow


def begun_talks(talks: Talks) -> Callable[[UnitOfWork, Person], Awaitable[tuple[Need, ...]]]:
    """A line of NEEDS: the person's open talks in which something was answered, the latest first."""

    async def begun(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
        rows = [row for row in await uow.conversations.open_of(person.id) if row.trail]
        found = [await _judge(uow, talks, row, person) for row in rows]
        return tuple(
            Need(each.flow.title, KEPT, (Button(CONTINUE, Purpose.TALK, each.conversation.id),))
            for each in found
            if isinstance(each, _Open)
        )

    return begun


def act_for(talks: Talks) -> Act:
    """The line of ACTS that goes on with a talk."""

    async def page(uow: UnitOfWork, person: Person, about: str) -> ActPage:
        match await _judge(uow, talks, await uow.conversations.get(about), person):
            case _Open(flow=flow):
                return ActPage(flow.title, (words.ANSWERS_KEPT,), options=(Option("", CONTINUE),))
            case Receipt() as receipt:
                return ActPage(receipt.title, (f"Your reference: {receipt.reference}", *receipt.lines))
            case Notice() as notice:
                return ActPage(notice.title, notice.lines)

    async def act(uow: UnitOfWork, press: Press) -> Done:
        found = await _judge(uow, talks, await uow.conversations.get(press.about), press.person)
        if isinstance(found, _Open):
            return Opens(found.conversation.flow, found.conversation.subject)
        return found

    return Act(page=page, act=act)


async def _judge(
    uow: UnitOfWork, talks: Talks, conversation: Conversation | None, person: Person
) -> _Open | Receipt | Notice:
    if conversation is None or conversation.person_id != person.id:
        return NOT_FOUND
    if conversation.status == "finished":
        outcome = conversation.outcome or {}
        lines = tuple(str(line) for line in outcome.get("lines", ()))
        return Receipt(str(outcome.get("title", "")), conversation.reference or "", lines, flow=conversation.flow)
    if conversation.status != "open" or conversation.expires_at <= uow.now or conversation.flow not in talks:
        return ENDED
    built = await talks[conversation.flow].flow(uow, About(person, conversation.subject))
    return _Open(conversation, built) if isinstance(built, Flow) else built
