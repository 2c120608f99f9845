"""Bodies as bytes: quoted-printable with CRLF lines of at most 76 characters, none of them beginning with a dot.

A leading dot is written `=2E`, so the dot-stuffing of SMTP (RFC 5321 4.5.2) never has anything to do: what is built
here is the same on the wire and in the file, and no relay can mistake a line for the end of the message.
"""

import base64
import binascii
import re
from typing import Final, NewType

LONGEST_QP_LINE: Final = 76  # RFC 2045 6.7 rule 5, the "=" of a soft break included
_LINE_ENDS: Final = re.compile(r"\r\n?")
_QP_UNITS: Final = re.compile(rb"=[0-9A-F]{2}|[^=]")
_SIMPLE: Final = re.compile(r"[!-\-/-<>-~][ -<>-~]{0,74}")  # encodes to itself: most names and links
_LEADING_DOT: Final = re.compile(rb"^\.[^\n]*", re.MULTILINE)


Wire = NewType("Wire", bytes)
"""A whole message that may go to the relay as it is: CRLF lines, no line beginning with a dot, CRLF at its end."""

Pieces = NewType("Pieces", tuple[bytes, ...])
"""The same, not yet joined. Most pieces of an edition are everybody's: a letter that waits takes a twentieth of the
memory, and what is joined as it leaves is still in the processor's cache when the kernel copies it."""


def canonical(text: str) -> str:
    """Text with line feeds only; half surrogate pairs, which no octets can carry, become question marks."""
    if text.isascii() and "\r" not in text:
        return text
    return _LINE_ENDS.sub("\n", text).encode("utf-8", "replace").decode("utf-8")


def quoted_printable(text: str) -> bytes:
    """The whole of a part, or its last piece: exactly the text, no line end added."""
    return _encoded(canonical(text)).replace(b"\n", b"\r\n")


def open_piece(text: str) -> bytes:
    """A piece of a part that another piece follows: it ends at the start of a line without ending the text's own line.

    Pieces made so can be put one behind the other in any order and no line grows.
    """
    if _SIMPLE.fullmatch(text):
        return text.encode("ascii") + b"=\r\n"
    if not text:
        return b""
    # A sentinel keeps the encoder from treating the last character as the end of a line.
    encoded = _encoded(canonical(text) + "x")[:-1]
    if not encoded.endswith(b"\n"):
        encoded += b"=\n"
    return encoded.replace(b"\n", b"\r\n")


def base64_lines(content: bytes) -> bytes:
    """An attachment's content, ending in CRLF."""
    return base64.encodebytes(content).replace(b"\n", b"\r\n") or b"\r\n"


def _encoded(text: str) -> bytes:
    encoded = binascii.b2a_qp(text.encode("utf-8"), istext=True)
    if encoded.startswith(b".") or b"\n." in encoded:
        encoded = _LEADING_DOT.sub(_without_dots, encoded)
    return encoded


def _without_dots(match: "re.Match[bytes]") -> bytes:
    line = match[0]
    soft = line.endswith(b"=")
    units = _QP_UNITS.findall(line.removesuffix(b"=").replace(b".", b"=2E"))
    lines, current = [], b""
    for unit in units:
        if len(current) + len(unit) > LONGEST_QP_LINE - 1:
            lines.append(current + b"=")
            current = b""
        current += unit
    return b"\n".join([*lines, current + (b"=" if soft else b"")])
