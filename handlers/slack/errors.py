"""The one error door: whatever goes wrong, people are told kindly where they are, and keep what they typed (law 5).

Logs say what kind of thing went wrong with which kind of request, never who wrote what (law 8).
"""

import logging
from collections.abc import Awaitable, Callable

from slack_bolt.response import BoltResponse

from bot import words
from bot.conversation.prompt import Notice
from bot.rendering.slack import notice_view
from bot.rendering.slack_blocks import header, linked, paragraphs
from bot.rendering.slack_home import stranger_home
from bot.rendering.slack_reading import BrokenView, input_blocks
from handlers.partnership import NotSetUp
from handlers.slack import answers
from handlers.slack.client import SlackSaysNo
from handlers.slack.context import SlackContext
from handlers.slack.inbound import Inbound, Where
from handlers.slack.people import CannotTell, Stranger
from handlers.slack.showing import show_notice, whisper
from storage.database import DatabaseBusy
from storage.deliveries import Message

LOG = logging.getLogger("herald.slack")
Handler = Callable[[SlackContext, Inbound], Awaitable[BoltResponse]]
LET_IN = "Confirm your work e-mail"
UNKNOWN = Notice(
    "Herald does not know you yet",
    ("If a child may be in danger, ring now.",),
)
BUSY = Notice("Please try again in a minute", (words.BUSY,))
WRONG = Notice("Something went wrong", (words.SOMETHING_WENT_WRONG,))
NOT_READY = Notice(
    "Herald is not ready yet", ("The operations team is still setting Herald up. Please try again later.",)
)
OLD_FORM = Notice("This form is too old", ("Close it and start again; what you sent before is kept.",))
NOT_REACHED = Notice(
    "Please try again in a minute", ("Slack did not tell us who you are just now. Nothing is lost; please try again.",)
)


async def guarded(context: SlackContext, inbound: Inbound, handler: Handler) -> BoltResponse:
    """Runs a handler. Whatever it raises becomes a kind answer; only an event is sent back to be delivered again."""
    try:
        return await handler(context, inbound)
    except Stranger as stranger:
        return await _let_in(context, inbound, stranger)
    except DatabaseBusy:
        LOG.warning("The database was busy: %s", inbound.where)
        return await _tell(context, inbound, BUSY, come_again=True)
    except CannotTell as unknown:
        LOG.warning("Slack did not say who this is (%s): %s", unknown, inbound.where)
        return await _tell(context, inbound, NOT_REACHED, come_again=True)
    except BrokenView:
        return await _tell(context, inbound, OLD_FORM)
    except NotSetUp:
        return await _tell(context, inbound, NOT_READY)
    except Exception as problem:  # the last resort of a door: the person must be told, whatever it is
        LOG.error("Failed at %s (%s)", inbound.where, type(problem).__name__, exc_info=problem)
        return await _tell(context, inbound, WRONG, come_again=True)


async def _tell(
    context: SlackContext, inbound: Inbound, notice: Notice, *, link: str = "", come_again: bool = False
) -> BoltResponse:
    match inbound.where:
        case Where.COMMAND:
            return answers.line(*_as_line(notice, link))
        case Where.ACTION:
            return await show_notice(context, inbound, notice, link=link, link_words=LET_IN)
        case Where.SUBMISSION:
            return _beside_the_form(inbound, notice, link)
        case Where.CLOSED:
            return answers.nothing()
        case Where.MESSAGE | Where.HOME:
            if not inbound.again and inbound.where is Where.MESSAGE:
                await whisper(context, inbound, notice)
            return answers.send_again() if come_again else answers.nothing()


def _beside_the_form(inbound: Inbound, notice: Notice, link: str) -> BoltResponse:
    """What was typed stays in the boxes: words beside the first of them, or a notice on top of a form without any."""
    boxes = input_blocks(inbound.view)
    if boxes and not link:
        return answers.errors({boxes[0]: " ".join(notice.lines) or notice.title})
    return answers.on_top(notice_view(notice, link=link, link_words=LET_IN))


async def _let_in(context: SlackContext, inbound: Inbound, stranger: Stranger) -> BoltResponse:
    """The numbers to ring at once, then the way in; never a dead end."""
    link = context.page("sign-in")
    notice = Notice(UNKNOWN.title, (*stranger.lines, "To use Herald, confirm your work e-mail on the web."))
    if inbound.where is Where.HOME:
        try:
            await context.slack.publish_home(inbound.slack_id, stranger_home(notice.lines, link=link))
        except SlackSaysNo:
            return answers.send_again()
        return answers.nothing()
    if inbound.where is Where.MESSAGE:
        return await _write_to_stranger(context, inbound)
    return await _tell(context, inbound, notice, link=link)


async def _write_to_stranger(context: SlackContext, inbound: Inbound) -> BoltResponse:
    try:
        async with context.store.transaction(intake=True) as uow:
            new = [await uow.conversations.first_time("slack", key) for key in inbound.keys]
            if all(new):
                key = f"talk.stranger:{inbound.keys[-1]}"
                await uow.deliveries.answer_in_slack(inbound.slack_id, Message(kind="talk.stranger", ledger_key=key))
    except DatabaseBusy:
        return await _tell(context, inbound, BUSY, come_again=True)
    return answers.nothing()


def _as_line(notice: Notice, link: str) -> tuple[str, list[dict[str, object]]]:
    way = [linked(link, LET_IN)] if link else []
    return f"{notice.title}. {' '.join(notice.lines)}", [header(notice.title), *paragraphs(notice.lines), *way]
