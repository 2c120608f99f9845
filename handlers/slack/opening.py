"""Opening a talk in a form: one transaction first, then `views.open` as the very first call to Slack.

The trigger lives three seconds. When the form does not open, the talk is not lost: a message brings a button to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from slack_bolt.response import BoltResponse

from bot import words
from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt, Receipt, Shown
from bot.conversation.reading import Raw
from bot.rendering.slack import modal, notice_view, receipt_view
from bot.rendering.slack_blocks import Json
from handlers import conversations
from handlers.acts import Opens
from handlers.slack import answers
from handlers.slack.client import SlackSaysNo
from handlers.slack.context import SlackContext
from handlers.slack.inbound import SOURCE, Inbound, Where
from handlers.typed.hearing import begin_here
from handlers.typed.said import Said
from handlers.typed.telling import message_of, plain_message
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

IN_A_MESSAGE = "Herald asks you in a direct message, question by question."
ALREADY_OPEN = "exchanged_trigger_id"
TOO_LATE = "The form did not open in time. You will get a message with a button to it; nothing is lost."


@dataclass(frozen=True, slots=True)
class ForPerson:
    """What is shown to whom: known only inside the transaction, needed after it."""

    person: Person
    shown: Shown


async def start(uow: UnitOfWork, person: Person, opens: Opens, inbound: Inbound) -> ForPerson:
    """Begins the talk, or goes on with the one that is open; one that is not held in forms asks in a message."""
    shown = await conversations.start(
        uow, person=person, flow=opens.flow, surface=Surface.MODAL, subject=opens.subject, answers=opens.answers
    )
    if isinstance(shown, conversations.NotHere) and Surface.DM in shown.surfaces:
        said = Said("", Surface.DM, SOURCE, inbound.keys[-1])
        message = message_of(await begin_here(uow, person=person, opens=opens, said=said), key=said.key)
        if message is not None:
            await uow.deliveries.answer_in_slack(person, message)
        shown = Notice(shown.title, (IN_A_MESSAGE,))
    return ForPerson(person, shown)


def view_of(context: SlackContext, made: ForPerson, *, typed: Mapping[str, Raw] | None = None) -> Json:
    """What stands in the form now: a step, the receipt, or a notice."""
    match made.shown:
        case Prompt() as prompt:
            return modal(prompt, link=context.talk_link(made.person, prompt.conversation_id), typed=typed)
        case Receipt() as receipt:
            return receipt_view(receipt, practice="" if context.settings.live else words.PRACTICE)
        case Notice(leads=((path, label), *_)) as notice:
            return notice_view(notice, link=context.page(path), link_words=label)
        case Notice() as notice:
            return notice_view(notice)


async def open_form(context: SlackContext, inbound: Inbound, made: ForPerson) -> BoltResponse:
    """Shows it in a new form."""
    try:
        await context.slack.open_view(inbound.trigger_id, view_of(context, made))
    except SlackSaysNo as refused:
        if refused.code == ALREADY_OPEN:
            return answers.nothing()
        await _send_button(context, inbound, made)
        return answers.line(TOO_LATE) if inbound.where is Where.COMMAND else answers.nothing()
    return answers.nothing()


async def _send_button(context: SlackContext, inbound: Inbound, made: ForPerson) -> None:
    """The same by message: a button that opens the talk with a fresh trigger, or what would have been said."""
    async with context.store.transaction(intake=True) as uow:
        await uow.deliveries.answer_in_slack(made.person, plain_message(made.shown, key=inbound.keys[0], late=True))
