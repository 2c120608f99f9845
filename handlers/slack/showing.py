"""Putting something in front of a person who pressed a button: in a form, or whispered when no form opens any more."""

import logging

from slack_bolt.response import BoltResponse

from bot.conversation.prompt import Notice
from bot.rendering.slack import notice_view
from bot.rendering.slack_blocks import Json, escape
from handlers.slack import answers
from handlers.slack.client import SlackSaysNo
from handlers.slack.context import SlackContext
from handlers.slack.inbound import Inbound

LOG = logging.getLogger("herald.slack")


async def show_view(context: SlackContext, inbound: Inbound, view: Json, *, otherwise: Notice) -> BoltResponse:
    """A view in front of the person; `otherwise` is whispered when Slack does not open it."""
    try:
        await context.slack.open_view(inbound.trigger_id, view)
    except SlackSaysNo:
        await whisper(context, inbound, otherwise)
    return answers.nothing()


async def show_notice(
    context: SlackContext, inbound: Inbound, notice: Notice, *, link: str = "", link_words: str = ""
) -> BoltResponse:
    """A notice in front of the person."""
    return await show_view(
        context, inbound, notice_view(notice, link=link, link_words=link_words or "On the web"), otherwise=notice
    )


async def whisper(context: SlackContext, inbound: Inbound, notice: Notice) -> None:
    """One line for this person only, where they are; nothing where there is no channel, as on App Home."""
    if not inbound.channel:
        return
    said = escape(" ".join((f"{notice.title}.", *notice.lines)))
    try:
        await context.slack.whisper(inbound.channel, inbound.slack_id, said)
    except SlackSaysNo as refused:
        LOG.warning("Nobody could be told at %s (%s)", inbound.where, refused.code)
