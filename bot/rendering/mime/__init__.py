"""Messages as bytes: one letter rendered whole (`wire_bytes`), or compiled once and spliced for each person."""

from bot.rendering.mime.body import Pieces, Wire
from bot.rendering.mime.headers import UnsafeHeader
from bot.rendering.mime.letter import Attachment, Letter, UnsendableLetter, wire_bytes
from bot.rendering.mime.splice import Compiled, Slot, SlotError, compile_letter, pieces, splice, token

__all__ = [
    "Attachment",
    "Compiled",
    "Letter",
    "Pieces",
    "Slot",
    "SlotError",
    "UnsafeHeader",
    "UnsendableLetter",
    "Wire",
    "compile_letter",
    "pieces",
    "splice",
    "token",
    "wire_bytes",
]
