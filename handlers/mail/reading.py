"""A mail taken apart: the headers that matter and its words, whatever its charset. Trusts nothing, never raises.

The standard library's reader stumbles over some broken headers with all sorts of exceptions, so every look at one is
guarded; a mail that cannot be taken apart at all is `Unreadable`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as MODERN
from email.utils import getaddresses
from typing import Final

from handlers.mail.html_text import text_of_html

LARGEST: Final = 5_000_000
"""Bytes of one mail that are read at all."""
LONGEST_TEXT: Final = 200_000
MOST_PARTS: Final = 200
LONGEST_HEADER: Final = 998
MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,150}@[A-Za-z0-9.-]{1,100}>")
_MIME_REPORT: Final = "multipart/report"


class Unreadable(Exception):
    """Bytes that are no e-mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, taken apart. `message` is for those who look deeper (bounces); headers are read by `header`.

    `text` are its words: the text part, or else the HTML part as text. May be empty.
    """

    message: EmailMessage
    message_id: str
    sender: str
    subject: str
    text: str

    def header(self, name: str) -> str:
        """A header's value on one line; empty when it is not there or cannot be read."""
        return _header(self.message, name)

    @property
    def is_report(self) -> bool:
        """Whether it is a machine's report: a bounce, a read receipt."""
        return self.message.get_content_type() == _MIME_REPORT


def read(raw: bytes) -> Mail:
    """Takes a mail apart. Raises Unreadable."""
    try:
        message = message_from_bytes(raw, policy=MODERN)
        if not isinstance(message, EmailMessage) or not message.keys():
            raise Unreadable("no headers")
        return Mail(
            message=message,
            message_id=_message_id(message),
            sender=_only_sender(message),
            subject=_header(message, "Subject"),
            text=_text(message),
        )
    except Unreadable:
        raise
    except Exception as problem:  # the standard library promises nothing here; RecursionError is one of them
        raise Unreadable(type(problem).__name__) from problem


def parts_of(message: Message) -> Iterator[Message]:
    """The parts that say something, in order; attached mails stay closed."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop()
        seen += 1
        if part.get_content_maintype() == "message":
            continue
        payload = part.get_payload()
        if part.is_multipart() and isinstance(payload, list):
            waiting += [child for child in reversed(payload) if isinstance(child, Message)]
        else:
            yield part


def decoded(part: Message) -> str:
    """The text of a part, in whatever charset it says, or in the likeliest one."""
    payload = part.get_payload(decode=True)
    content = payload[: 4 * LONGEST_TEXT] if isinstance(payload, bytes) else b""
    try:
        said = str(part.get_content_charset("") or "")
    except Exception:  # a broken Content-Type
        said = ""
    for charset in (said, "utf-8"):
        try:
            if charset:
                return content.decode(charset)[:LONGEST_TEXT]
        except (UnicodeError, LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")[:LONGEST_TEXT]


def _text(message: Message) -> str:
    try:
        texts: dict[str, str] = {}
        for part in parts_of(message):
            kind = part.get_content_type()
            if kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
                words = decoded(part)
                if words.strip() and kind not in texts:
                    texts[kind] = words
        if "text/plain" in texts:
            return texts["text/plain"]
        return text_of_html(texts.get("text/html", ""))
    except Exception:  # as in `read`
        return ""


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())[:LONGEST_HEADER]
    except Exception:  # as in `read`
        return ""


def _message_id(message: Message) -> str:
    """The mail's own name, if it is one that may stand in our answer; empty otherwise."""
    found = MESSAGE_ID.fullmatch(_header(message, "Message-ID"))
    return found[0] if found else ""


def _only_sender(message: Message) -> str:
    """The address in From, lower case. Several senders are none: which of them would it be?"""
    try:
        said = [str(value) for value in message.get_all("From", [])]
        found = [address for _, address in getaddresses(said) if address]
    except Exception:  # as in `read`
        return ""
    return found[0].strip().casefold() if len(found) == 1 and len(said) == 1 else ""
