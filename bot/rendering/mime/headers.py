"""Header fields as bytes: checked, RFC 2047 encoded where they must be, folded, and impossible to inject.

Every function takes the field's name and raises `UnsafeHeader` for a value that could end the field or the line.
"""

import base64
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from typing import Final

FOLD_AT: Final = 76
LONGEST_LINE: Final = 998  # RFC 5322 2.1.1, without CRLF
_ENCODED_BYTES: Final = 42  # octets in one encoded word: =?utf-8?B?…?= stays within its 75 (RFC 2047 section 2)
# C0 controls, DEL, C1 controls, and the separators that some readers take for a line's end.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FIELD_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_PLAIN_PHRASE: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")


class UnsafeHeader(ValueError):
    """A value that must not stand in a header. `field` names which; the value itself is not repeated."""

    def __init__(self, field: str, problem: str = "holds a line break or another control character") -> None:
        super().__init__(f"The {field} of this message {problem}; write it on one plain line.")
        self.field = field


def checked(field: str, value: str) -> str:
    """The value, if it can stand in a header at all."""
    if value.isascii() and value.isprintable():
        return value
    if _UNSAFE.search(value):
        raise UnsafeHeader(field)
    return value


def checked_name(field: str) -> str:
    """A field's name, if it is one (RFC 5322 2.2, and no more than anybody uses)."""
    if not _FIELD_NAME.fullmatch(field):
        raise UnsafeHeader("header name", "has characters that a header name cannot have")
    return field


def text_field(field: str, value: str) -> bytes:
    """An unstructured field such as Subject."""
    if _fits_as_it_is(field, value):
        return f"{field}: {value}\r\n".encode("ascii")
    value = checked(field, value)
    if _must_encode(value):
        return _folded(field, _encoded_words(value))
    return _folded(field, _pieces(value))


def structured_field(field: str, value: str) -> bytes:
    """A field with a syntax of its own (List-Unsubscribe, Reply-To): ASCII only, folded at its spaces."""
    one_word = (
        value.isascii() and value.isprintable() and " " not in value and len(field) + len(value) < LONGEST_LINE - 2
    )
    if one_word or _fits_as_it_is(field, value):
        return f"{field}: {value}\r\n".encode("ascii")
    value = checked(field, value)
    if not value.isascii() or value != value.strip():
        raise UnsafeHeader(field, "has characters that do not belong in it")
    return _folded(field, _pieces(value))


def address_field(field: str, name: str, address: str) -> bytes:
    """One mailbox with its display name. The address must be plain ASCII, without room for a second one."""
    if not _ADDRESS.fullmatch(address) or ".." in address:
        checked(field, address)
        raise UnsafeHeader(field, "is not an e-mail address that can be used")
    if len(field) + len(name) + len(address) < FOLD_AT - 5 and _PLAIN_PHRASE.fullmatch(name) and "=?" not in name:
        return f"{field}: {name} <{address}>\r\n".encode("ascii")
    name = checked(field, name).strip()
    if not name:
        return _folded(field, [address])
    if _PLAIN_PHRASE.fullmatch(name) and not _must_encode(name):
        return _folded(field, [*name.split(" "), f"<{address}>"])
    if _must_encode(name) or len(name) > FOLD_AT:
        return _folded(field, [*_encoded_words(name), f"<{address}>"])
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return _folded(field, [f'"{quoted}"', f"<{address}>"])


def message_id_field(field: str, value: str) -> bytes:
    """Message-ID, with its angle brackets; never folded."""
    if not _MESSAGE_ID.fullmatch(checked(field, value)) or len(value) > 250:
        raise UnsafeHeader(field, "is not of the form <something@domain>")
    return f"{field}: {value}\r\n".encode("ascii")


def date_text(value: datetime) -> str:
    """The Date of a message, always in UTC so that equal instants are equal bytes. Raises ValueError without a zone."""
    if value.tzinfo is None:
        raise ValueError("The date of a message needs a time zone.")
    return format_datetime(value.astimezone(UTC).replace(microsecond=0))


def _fits_as_it_is(field: str, value: str) -> bool:
    """The common case, told apart in a microsecond: messages are made by the thousand."""
    return (
        value.isascii()
        and value.isprintable()
        and len(field) + 2 + len(value) <= FOLD_AT
        and "=?" not in value
        and value == value.strip()
    )


def _must_encode(value: str) -> bool:
    # Spaces at the ends and in rows, and what looks like an encoded word, come back unchanged only when encoded.
    return (
        not value.isascii()
        or value != value.strip()
        or "=?" in value
        or any(len(piece) > FOLD_AT for piece in _pieces(value))
    )


def _encoded_words(value: str) -> list[str]:
    words, chunk = [], b""
    for char in value:
        octets = char.encode("utf-8")
        if len(chunk) + len(octets) > _ENCODED_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += octets
    return [f"=?utf-8?B?{base64.b64encode(word).decode('ascii')}?=" for word in [*words, chunk]]


def _pieces(value: str) -> list[str]:
    """Split at single spaces only, so that joining by a space or a fold gives back the value."""
    spaces = [match.start() for match in re.finditer(r"(?<=[^ ]) (?=[^ ])", value)]
    cuts = [-1, *spaces, len(value)]
    return [value[left + 1 : right] for left, right in pairwise(cuts)]


def _folded(field: str, pieces: Iterable[str]) -> bytes:
    lines, line = [], f"{field}:"
    for piece in pieces:
        if len(line) + 1 + len(piece) > FOLD_AT and line.strip() != f"{field}:":
            lines.append(line)
            line = ""
        line += f" {piece}"
    lines.append(line)
    if any(len(line) > LONGEST_LINE for line in lines):
        raise UnsafeHeader(field, "has a word too long for a line of e-mail")
    return "\r\n".join(lines).encode("ascii") + b"\r\n"
