"""A form of a talk: its answers sent, one step back, an answer changed, or the form closed."""

import logging
from collections.abc import Mapping

from slack_bolt.response import BoltResponse

from bot.conversation.flow import Surface
from bot.conversation.prompt import Prompt, Receipt
from bot.conversation.reading import Raw
from bot.rendering.slack import TALK, errors_for_ack
from bot.rendering.slack_reading import Submission, input_blocks, read_submission
from handlers import conversations
from handlers.conversations import Reply
from handlers.slack import answers
from handlers.slack.client import SlackSaysNo
from handlers.slack.context import SlackContext
from handlers.slack.home import refresh
from handlers.slack.inbound import SOURCE, Inbound
from handlers.slack.opening import ForPerson, view_of
from handlers.slack.people import for_person
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

LOG = logging.getLogger("herald.slack")
GONE = frozenset({"not_found", "hash_conflict"})
"""The form was closed or has moved on meanwhile: a double press, or a quick thumb. The row is right all the same."""


async def submitted(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """The answers of one step: committed first, then the form shows errors, the next step or the receipt."""
    if inbound.view.get("callback_id") != TALK:
        return answers.nothing()
    sent = read_submission(inbound.view)

    async def answer(uow: UnitOfWork, person: Person) -> ForPerson:
        return ForPerson(person, await conversations.answer(uow, person=person, reply=_reply(inbound, sent)))

    made = await for_person(context, inbound, answer, talk=sent.conversation_id)
    if not isinstance(made.shown, Prompt):  # steps on the way are not worth a line each
        LOG.info("talk %s: %s", sent.conversation_id, type(made.shown).__name__.lower())
    if isinstance(made.shown, Receipt):
        context.afterwards.do(refresh(context, inbound.slack_id), about=inbound.slack_id)
    if isinstance(made.shown, Prompt) and _fits_the_form(made.shown, sent, inbound):
        return answers.errors(errors_for_ack(made.shown))
    return answers.redraw(view_of(context, made, typed=_typed(made, sent)))


async def back(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """One step back; what was sent before is kept."""
    sent = read_submission(inbound.view)

    async def go_back(uow: UnitOfWork, person: Person) -> ForPerson:
        return ForPerson(person, await conversations.back(uow, person=person, reply=_reply(inbound, sent)))

    return await _show_in_form(context, inbound, await for_person(context, inbound, go_back, talk=sent.conversation_id))


async def change(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """Back to one step from the check of all answers."""
    sent = read_submission(inbound.view)
    reply = _reply(inbound, sent, step=inbound.value)

    async def go_to(uow: UnitOfWork, person: Person) -> ForPerson:
        return ForPerson(person, await conversations.change(uow, person=person, reply=reply))

    return await _show_in_form(context, inbound, await for_person(context, inbound, go_to, talk=sent.conversation_id))


async def closed(context: SlackContext, inbound: Inbound) -> BoltResponse:
    """The talk stays open; App Home offers to go on with it. Nobody is written to for closing a form."""
    context.afterwards.do(refresh(context, inbound.slack_id), about=inbound.slack_id)
    return answers.nothing()


async def _show_in_form(context: SlackContext, inbound: Inbound, made: ForPerson) -> BoltResponse:
    view_id, seen = str(inbound.view.get("id") or ""), str(inbound.view.get("hash") or "")
    try:
        await context.slack.update_view(view_id, view_of(context, made), seen=seen)
    except SlackSaysNo as refused:
        if refused.code not in GONE:
            raise
    return answers.nothing()


def _reply(inbound: Inbound, sent: Submission, *, step: str | None = None) -> Reply:
    return Reply(
        conversation_id=sent.conversation_id,
        revision=sent.revision,
        step=sent.step if step is None else step,
        surface=Surface.MODAL,
        source=SOURCE,
        key=inbound.keys[0],
        raw=sent.raw,
        remove=sent.remove,
        keep=sent.keep,
    )


def _fits_the_form(prompt: Prompt, sent: Submission, inbound: Inbound) -> bool:
    """Whether the errors belong to boxes that the person has in front of them: Slack refuses errors for any other."""
    if not prompt.errors or prompt.found_identifiers:
        return False
    same = (prompt.step, prompt.revision) == (sent.step, sent.revision)
    return same and set(errors_for_ack(prompt)) <= set(input_blocks(inbound.view))


def _typed(made: ForPerson, sent: Submission) -> Mapping[str, Raw] | None:
    same = isinstance(made.shown, Prompt) and made.shown.step == sent.step
    return sent.raw if same else None
