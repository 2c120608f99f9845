"""One message compiled once and spliced for each person: two microseconds a slot instead of milliseconds a message.

A letter is written with `token(name)` wherever a person's value belongs: in its text, its HTML, its subject, its
address, its headers. `compile_letter` encodes everything else once; `splice` escapes each value for the place where it
stands and encodes it. `filled` does the same slowly, on the letter itself: for previews, and as the truth that tests
compare with.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal
from urllib.parse import quote

from bot.rendering.mime.body import LONGEST_QP_LINE, Pieces, Wire, canonical, open_piece, quoted_printable
from bot.rendering.mime.letter import Letter, body_parts, check_parts, header_plan

Kind = Literal["text", "link", "segment"]
Values = Mapping[str, str]
Maker = Callable[[Values], bytes]
Escape = Callable[[str], str]

_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,30}")
# Letters and digits only: comes through Jinja2, css-inline, Markdown and URLs as it is.
_TOKEN: Final = re.compile(r"HrldSlot0([a-z0-9]+)0tolSdlrH")
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_PLAIN_LINK: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$*+,;=%-]+")  # neither & nor quotes nor < >
MOST_EQUALS: Final = 4
"""Equals signs in a link, each of which is encoded in three octets. Most links have one."""
LINK_LINE: Final = LONGEST_QP_LINE - 1 - 2 * MOST_EQUALS
"""Characters of a link in one line, with room for all of them to be encoded."""
_LINK_SAFE: Final = ":/?#[]@!$&'()*+,;=%~"


class SlotError(ValueError):
    """A slot without a value, a token without a slot, or a value that cannot be what its slot says."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a person's value.

    `text` is words; `link` a whole http(s) or mailto address; `segment` one piece of an address, percent-encoded whole.
    """

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A letter in pieces: bytes that are everybody's, and makers of what is one person's.

    `order` picks the pieces of a message out of both, statics first: a slot that stands ten times is made once.
    """

    statics: tuple[bytes, ...]
    makers: tuple[Maker, ...]
    order: Callable[[Sequence[bytes]], Iterable[bytes]]
    slots: tuple[Slot, ...]


def token(name: str) -> str:
    """What to write in a letter where the slot's value belongs. Names are lower-case letters and digits."""
    if not _NAME.fullmatch(name):
        raise SlotError(f'"{name}" is not a name for a slot: use lower-case letters and digits.')
    return f"HrldSlot0{name}0tolSdlrH"


def compile_letter(letter: Letter, slots: Iterable[Slot]) -> Compiled:
    """Encode once what everybody receives. Raises `SlotError` for a token without a slot, else as `wire_bytes`."""
    check_parts(letter)
    slots = tuple(slots)
    kinds: dict[str, Kind] = {slot.name: slot.kind for slot in slots}
    pieces: list[bytes | Maker] = []
    for field, write, values in header_plan(letter):
        if any(_TOKEN.search(value) for value in values):
            pieces.append(_field_maker(field, write, [_split(value, kinds) for value in values], kinds))
        else:
            pieces.append(write(field, *values))
    text = _body(_split(letter.text, kinds), kinds, markup=False)
    rich = _body(_split(letter.html, kinds), kinds, markup=True)
    pieces += body_parts(letter, text, rich)
    return _compiled(pieces, slots)


def pieces(compiled: Compiled, values: Values) -> Pieces:
    """The message for one person. Raises `SlotError` (no value, no link) or `UnsafeHeader` (a value in a header)."""
    try:
        pool = (*compiled.statics, *[make(values) for make in compiled.makers])
        return Pieces(tuple(compiled.order(pool)))
    except KeyError as missing:
        raise SlotError(f"The slot {missing} has no value.") from None


def splice(compiled: Compiled, values: Values) -> Wire:
    """The same in one piece."""
    return Wire(b"".join(pieces(compiled, values)))


def filled(letter: Letter, slots: Iterable[Slot], values: Values) -> Letter:
    """The letter with one person's values put in."""
    kinds: dict[str, Kind] = {slot.name: slot.kind for slot in slots}

    def put(template: str, *, markup: bool = False) -> str:
        parts = _split(canonical(template), kinds)
        for at in range(1, len(parts), 2):
            if parts[at] not in values:
                raise SlotError(f"The slot '{parts[at]}' has no value.")
            parts[at] = _escape(kinds[parts[at]], markup=markup)(values[parts[at]])
        return "".join(parts)

    return replace(
        letter,
        to=put(letter.to),
        to_name=put(letter.to_name),
        subject=put(letter.subject),
        text=put(letter.text),
        html=put(letter.html, markup=True),
        message_id=put(letter.message_id),
        reply_to=put(letter.reply_to),
        sender_name=put(letter.sender_name),
        sender_address=put(letter.sender_address),
        headers=tuple((name, put(value)) for name, value in letter.headers),
    )


def _split(template: str, kinds: Mapping[str, Kind]) -> list[str]:
    """Static text and slot names in turn, beginning and ending with text."""
    parts = _TOKEN.split(template)
    for name in parts[1::2]:
        if name not in kinds:
            raise SlotError(f'The message has a token for "{name}", but no such slot.')
    return parts


def _body(parts: list[str], kinds: Mapping[str, Kind], *, markup: bool) -> list[bytes | Maker]:
    makers = {name: _body_maker(name, kinds[name], markup=markup) for name in parts[1::2]}
    pieces: list[bytes | Maker] = []
    for static, name in zip(parts[:-1:2], parts[1::2], strict=True):
        pieces += [open_piece(static), makers[name]]
    return [*pieces, quoted_printable(parts[-1])]


def _body_maker(name: str, kind: Kind, *, markup: bool) -> Maker:
    escape = _escape(kind, markup=markup)
    if kind != "link":
        return lambda values: open_piece(escape(values[name]))

    def make(values: Values) -> bytes:
        value = values[name]
        return _plain_link_piece(value) or open_piece(escape(value))

    return make


@lru_cache(maxsize=64)  # the text part and the HTML part have the same links, one behind the other
def _plain_link_piece(link: str) -> bytes | None:
    """The piece of a link in which nothing is to be escaped; None for any other."""
    if not _PLAIN_LINK.fullmatch(link):
        return None
    lines = [link[at : at + LINK_LINE] for at in range(0, len(link), LINK_LINE)]
    equals = link.count("=")
    if equals:
        lines = [line.replace("=", "=3D") for line in lines]
    piece = "=\r\n".join([*lines, ""])
    return open_piece(link) if equals > MOST_EQUALS or "\n." in piece else piece.encode("ascii")


def _field_maker(
    field: str, write: Callable[..., bytes], templates: list[list[str]], kinds: Mapping[str, Kind]
) -> Maker:
    escapes = {name: _escape(kinds[name], markup=False) for parts in templates for name in parts[1::2]}
    if all(parts[0] == parts[-1] == "" and len(parts) == 3 for parts in templates):  # each value a token and no more
        whole = [(parts[1], escapes[parts[1]]) for parts in templates]
        return lambda values: write(field, *[escape(values[name]) for name, escape in whole])

    def make(values: Values) -> bytes:
        filled_in = []
        for parts in templates:
            given = parts.copy()
            for at in range(1, len(given), 2):
                given[at] = escapes[given[at]](values[given[at]])
            filled_in.append("".join(given))
        return write(field, *filled_in)

    return make


def _escape(kind: Kind, *, markup: bool) -> Escape:
    plain: dict[Kind, Escape] = {"text": canonical, "link": _link, "segment": _segment}
    convert = plain[kind]
    return (lambda value: html.escape(convert(value))) if markup else convert


def _link(value: str) -> str:
    if _PLAIN_LINK.fullmatch(value):
        return value
    if not _LINK.fullmatch(value):
        raise SlotError("A link must be a whole http, https or mailto address without spaces.")
    return quote(value, safe=_LINK_SAFE, errors="replace")


def _segment(value: str) -> str:
    return quote(value, safe="", errors="replace")


def _compiled(pieces: Iterable[bytes | Maker], slots: tuple[Slot, ...]) -> Compiled:
    statics: list[bytes] = []
    makers: list[Maker] = []
    order: list[int] = []  # statics count from 0, makers from -1 downwards until it is known how many statics there are
    for piece in pieces:
        if not isinstance(piece, bytes):
            if piece not in makers:
                makers.append(piece)
            order.append(-1 - makers.index(piece))
        elif order and order[-1] >= 0:
            statics[-1] += piece
        else:
            order.append(len(statics))
            statics.append(piece)
    places = [at if at >= 0 else len(statics) - 1 - at for at in order]
    order_of: Callable[[Sequence[bytes]], Iterable[bytes]] = itemgetter(*places) if len(places) > 1 else tuple
    return Compiled(statics=tuple(statics), makers=tuple(makers), order=order_of, slots=slots)
