"""The demo's inbox: a real SMTP server that delivers to nobody, and pages that show every mail it was given
and answer it."""

from bot.demo.inbox.page import PREFIX, inbox_router
from bot.demo.inbox.receiver import Receiver, receiving
from bot.demo.inbox.replying import Replies
from bot.demo.inbox.store import Inbox, Received

__all__ = ["PREFIX", "Inbox", "Received", "Receiver", "Replies", "inbox_router", "receiving"]
