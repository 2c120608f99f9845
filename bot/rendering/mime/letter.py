"""One letter, whole: `wire_bytes(letter)` gives the same bytes whenever it is given the same letter.

Shapes (reference/booking-escalation-deadlines.md section 4): text and HTML as multipart/alternative; with a calendar
entry multipart/mixed of that alternative, the entry last in it, and the same entry as `invite.ics`; files come after.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote

from bot.rendering.mime.body import Wire, base64_lines, quoted_printable
from bot.rendering.mime.headers import (
    UnsafeHeader,
    address_field,
    checked,
    checked_name,
    date_text,
    message_id_field,
    structured_field,
    text_field,
)

# Written by this module or by nobody: a header given by hand may not change what the message is or who it is for.
_RESERVED: Final = re.compile(
    r"(content|resent)-.*|from|sender|to|cc|bcc|reply-to|subject|date|message-id|auto-submitted|mime-version"
    r"|return-path|received"
)
_STRUCTURED: Final = re.compile(
    r"list-.*|in-reply-to|references|precedence|feedback-id|importance|x-auto-response-suppress"
)
_METHOD: Final = re.compile(rb"^METHOD:(REQUEST|CANCEL)\r?$", re.MULTILINE | re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


Part = TypeVar("Part")


class UnsendableLetter(ValueError):
    """A letter that lacks something every message of ours has; the text says what."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels along. `media_type` such as `application/pdf`."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one person.

    `date` is the instant written into the message: frozen with the row, so that a second sending is the same message.
    `calendar` is an iCalendar object with METHOD:REQUEST or METHOD:CANCEL. `headers` are fields beyond those managed
    here: List-Id, List-Unsubscribe and so on. `replies` marks the answer to somebody's mail (RFC 3834, section 5).
    """

    sender_name: str
    sender_address: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    to_name: str = ""
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    calendar: bytes | None = None
    attachments: tuple[Attachment, ...] = ()
    replies: bool = False


def wire_bytes(letter: Letter) -> Wire:
    """The letter as it goes to the relay. Raises `UnsafeHeader` (could inject), `UnsendableLetter` (lacks a part)."""
    check_parts(letter)
    fields = (write(field, *values) for field, write, values in header_plan(letter))
    return Wire(
        b"".join([*fields, *body_parts(letter, [quoted_printable(letter.text)], [quoted_printable(letter.html)])])
    )


def check_parts(letter: Letter) -> None:
    """Both parts must say something: some people read only one of them."""
    if not letter.text.strip() or not letter.html.strip():
        raise UnsendableLetter("A message needs its words both as text and as HTML.")


FieldPlan = tuple[str, Callable[..., bytes], tuple[str, ...]]
"""A field's name, how it is written, and the values to write."""


def header_plan(letter: Letter) -> list[FieldPlan]:
    """The fields in their fixed order, MIME-Version last; Content-Type belongs to the body."""
    plan: list[FieldPlan] = [
        ("From", address_field, (letter.sender_name, letter.sender_address)),
        ("To", address_field, (letter.to_name, letter.to)),
        ("Subject", text_field, (letter.subject,)),
        ("Date", structured_field, (date_text(letter.date),)),
        ("Message-ID", message_id_field, (letter.message_id,)),
    ]
    if letter.reply_to:
        plan.append(("Reply-To", address_field, ("", letter.reply_to)))
    automatic = "auto-replied" if letter.replies else "auto-generated"
    plan.append(("Auto-Submitted", structured_field, (automatic,)))  # RFC 3834: no holiday replies, please
    names = [checked_name(name).lower() for name, _ in letter.headers]
    for name, value in letter.headers:
        if names.count(name.lower()) > 1:
            raise UnsafeHeader(name, "is given twice")
        plan.append((name, _writer_of_extra(name), (value,)))
    plan.append(("MIME-Version", structured_field, ("1.0",)))
    return plan


def _writer_of_extra(name: str) -> Callable[..., bytes]:
    lowered = name.lower()
    if _RESERVED.fullmatch(lowered):
        raise UnsafeHeader(name, "is set by the message itself and cannot be given")
    return structured_field if _STRUCTURED.fullmatch(lowered) else text_field


def body_parts(letter: Letter, text: list[Part], html: list[Part]) -> list[bytes | Part]:
    """Content-Type and all parts, around the two encoded bodies in as many pieces as they have."""
    seed = letter.message_id
    alternative = boundary(seed, "alternative")
    calendar = letter.calendar
    parts: list[bytes | Part] = [
        f'Content-Type: multipart/alternative; boundary="{alternative}"\r\n\r\n'.encode("ascii"),
        *_part(alternative, 'text/plain; charset="utf-8"', text),
        *_part(alternative, 'text/html; charset="utf-8"', html),
    ]
    if calendar is not None:
        parts += _part(
            alternative, f'text/calendar; charset="utf-8"; method={_method(calendar)}', [_calendar_text(calendar)]
        )
    parts.append(f"--{alternative}--\r\n".encode("ascii"))
    files = list(letter.attachments)
    if calendar is not None:
        files.insert(0, Attachment("invite.ics", "application/ics", calendar))
    if not files:
        return parts
    mixed = boundary(seed, "mixed")
    return [
        f'Content-Type: multipart/mixed; boundary="{mixed}"\r\n\r\n--{mixed}\r\n'.encode("ascii"),
        *parts,
        *(piece for file in files for piece in _file(mixed, file)),
        f"\r\n--{mixed}--\r\n".encode("ascii"),
    ]


def boundary(seed: str, level: str) -> str:
    """A boundary that no part can contain: `=_` occurs neither in quoted-printable nor in base64 (RFC 2045 6.7)."""
    return f"=_{level[:3]}_" + hashlib.sha256(f"{level} {seed}".encode()).hexdigest()[:24]


def _part(mark: str, content_type: str, body: list[Part]) -> list[bytes | Part]:
    head = f"--{mark}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return [head.encode("ascii"), *body, b"\r\n"]


def _file(mark: str, file: Attachment) -> list[bytes]:
    if not _MEDIA_TYPE.fullmatch(file.media_type):
        raise UnsafeHeader("Content-Type", "is not a media type")
    name = _filename(file.filename)
    head = (
        f"\r\n--{mark}\r\nContent-Type: {file.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {name}\r\n\r\n"
    )
    return [head.encode("ascii"), base64_lines(file.content)]


def _filename(name: str) -> str:
    checked("filename", name)
    if name.isascii() and not set(name) & set('"\\/'):
        parameter = f'filename="{name}"'
    else:
        parameter = "filename*=UTF-8''" + quote(name, safe="")  # RFC 2231
    if not name or len(parameter) > 900:
        raise UnsafeHeader("filename", "is empty or too long")
    return parameter


def _method(calendar: bytes) -> str:
    match = _METHOD.search(calendar)
    if not match:
        raise UnsendableLetter("A calendar entry needs METHOD:REQUEST or METHOD:CANCEL in it.")
    return match[1].decode("ascii").upper()


def _calendar_text(calendar: bytes) -> bytes:
    try:
        return quoted_printable(calendar.decode("utf-8"))
    except UnicodeDecodeError:
        raise UnsendableLetter("A calendar entry must be UTF-8.") from None
