"""One mail taken apart for its page: parts decoded, nothing trusted, nothing that makes the page fail."""

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as MODERN
from typing import Final

from bot.demo.inbox.store import Received

_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_OPEN_IN_WINDOW: Final = '<base target="_top">'


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; `at` is its place among the mail's parts."""

    at: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page shows of a mail."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    calendar: str
    files: tuple[File, ...]


def read(mail: Received) -> Reading:
    """Take the mail apart."""
    parts = list(_parts(mail))
    return Reading(
        headers=_headers(mail.raw),
        text=_first(parts, "text/plain"),
        html=_first(parts, "text/html"),
        calendar=_first(parts, "text/calendar"),
        files=tuple(
            File(at, _name(part), part.get_content_type(), len(_content(part)))
            for at, part in enumerate(parts)
            if part.get_content_disposition() == "attachment"
        ),
    )


def file_of(mail: Received, at: int) -> tuple[str, bytes] | None:
    """An attachment's name and content."""
    parts = list(_parts(mail))
    if not 0 <= at < len(parts) or parts[at].get_content_disposition() != "attachment":
        return None
    return _name(parts[at]), _content(parts[at])


def for_frame(html: str) -> str:
    """The HTML part with its links opening in the whole window: it stands in a sandboxed frame."""
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return html[:at] + _OPEN_IN_WINDOW + html[at:]


def _parts(mail: Received) -> list[EmailMessage]:
    message = BytesParser(policy=MODERN).parsebytes(mail.raw)
    return [part for part in message.walk() if not part.is_multipart()]


def _first(parts: list[EmailMessage], media_type: str) -> str:
    for part in parts:
        if part.get_content_type() == media_type and part.get_content_disposition() != "attachment":
            try:
                return _content(part).decode(part.get_content_charset("utf-8"), "replace").replace("\r\n", "\n")
            except LookupError:  # a charset that nobody knows
                return _content(part).decode("utf-8", "replace")
    return ""


def _content(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _name(part: EmailMessage) -> str:
    name = part.get_filename() or "file"
    return "".join(char if char.isprintable() and char not in '"\\/' else "_" for char in name)[:100]


def _headers(raw: bytes) -> tuple[tuple[str, str], ...]:
    head = raw.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace")
    lines = re.sub(r"\r?\n(?=[ \t])", " ", head).splitlines()
    split = (line.partition(":") for line in lines)
    return tuple((name, " ".join(value.split())) for name, colon, value in split if colon)
