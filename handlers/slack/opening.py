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
from handlers.slack.inbound import Inbound, Where
from storage.deliveries import Message
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

ALREADY_OPEN = "exchanged_trigger_id"
TOO_LATE = "The form did not open in time. You will get a message with a button to it; nothing is lost."


@dataclass(frozen=True, slots=True)
class ForPerson:
    """What is shown to whom: known only inside the transaction, needed after it."""

    person: Person
    shown: Shown


async def start(uow: UnitOfWork, person: Person, opens: Opens) -> ForPerson:
    """Begins the talk, or goes on with the one that is open."""
    shown = await conversations.start(
        uow, person=person, flow=opens.flow, surface=Surface.MODAL, subject=opens.subject, answers=opens.answers
    )
    return ForPerson(person, shown)


def view_of(context: SlackContext, made: ForPerson, *, typed: Mapping[str, Raw] | None = None) -> Json:
    """What stands in the form now: a step, the receipt, or a notice."""
    match made.shown:
        case Prompt() as prompt:
            return modal(prompt, link=context.talk_link(made.person, prompt.conversation_id), typed=typed)
        case Receipt() as receipt:
            return receipt_view(receipt, practice="" if context.settings.live else words.PRACTICE)
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
        await uow.deliveries.answer_in_slack(made.person, as_message(made.shown, key=inbound.keys[0], late=True))


def as_message(shown: Shown, *, key: str, late: bool = False) -> Message:
    """What a form would show, as a message: for a talk only the way into it, never its words."""
    match shown:
        case Prompt():
            facts = {"title": shown.title, "conversation": shown.conversation_id, "late": late}
            facts["begun"] = shown.revision > 1
            kind, about = "talk.continue", shown.conversation_id
        case Receipt():
            lines = [*([f"Your reference: {shown.reference}"] if shown.reference else []), *shown.lines]
            kind, about, facts = "talk.words", shown.reference, {"title": shown.title, "lines": lines}
        case Notice():
            kind, about, facts = "talk.words", "", {"title": shown.title, "lines": list(shown.lines)}
    return Message(kind=kind, ledger_key=f"{kind}:{key}", about=about, facts=facts)
