"""Text inside a paragraph, a heading or a list item: words, emphasis and links that are safe to send."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from markdown_it.token import Token

from bot.files import values
from bot.files.bulletin_model import Span, Spans, plain
from bot.files.nodes import Position
from bot.files.problems import Findings, quoted

BARE_ADDRESS = re.compile(r"https?://[^\s<>\"“”]+[^\s<>\"“”.,;:!?)’']")
LONGEST_ADDRESS = 2000
SAYS_NOTHING = frozenset({"here", "click here", "this", "this link", "link", "more", "read more", "click", "see here"})


@dataclass(frozen=True)
class Place:
    """The lines of the file that a block stands in, to find the column of something inside it."""

    first_line: int
    lines: tuple[str, ...]

    @property
    def start(self) -> Position:
        """Where the block begins."""
        first = self.lines[0] if self.lines else ""
        return self.first_line, len(first) - len(first.lstrip()) + 1

    def of(self, text: str) -> Position:
        """Where this text stands first; the beginning of the block if it cannot be found."""
        needle = text.split("\n", 1)[0]
        for number, line in enumerate(self.lines, start=self.first_line):
            column = line.find(needle)
            if needle and column >= 0:
                return number, column + 1
        return self.start


class SpanReader:
    """Turns the inline tokens of one block into spans."""

    def __init__(self, place: Place, findings: Findings) -> None:
        self._place = place
        self._findings = findings
        self._style = Span("")
        self._in_link = False
        self._link_words = ""

    def read(self, tokens: Iterable[Token]) -> Spans:
        """The spans. E260, E261, E262, E267, W260."""
        found: list[Span] = []
        for token in tokens:
            found.extend(self._token(token))
        return _joined(found)

    def _token(self, token: Token) -> list[Span]:
        match token.type:
            case "strong_open" | "strong_close":
                self._style = replace(self._style, strong=token.nesting == 1)
            case "em_open" | "em_close":
                self._style = replace(self._style, emphasis=token.nesting == 1)
            case "link_open":
                self._begin_link(str(token.attrGet("href") or ""))
            case "link_close":
                self._end_link()
            case "softbreak":
                return self._words(" ")
            case "hardbreak":
                return [replace(self._style, text="\n")]
            case "html_inline":
                message = f"{quoted(token.content)} is HTML. Take it out; **bold**, *italic* and [links](…) are enough."
                self._error("E260", token.content, "text", message)
            case "image":
                message = "an image stands inside a text. Put it on a line of its own, with empty lines around it."
                self._error("E267", "![", "image", message)
            case _:
                return self._words(token.content)
        return []

    def _error(self, code: str, find: str, where: str, message: str) -> None:
        self._findings.error(code, self._place.of(find), where, message)

    def _words(self, text: str) -> list[Span]:
        if "{{" in text:
            message = "a live block stands inside a text. Put it on a line of its own, with empty lines around it."
            self._error("E267", "{{", "live block", message)
        if self._in_link:
            self._link_words += text
            return [replace(self._style, text=text)]
        found, end = [], 0
        for hit in BARE_ADDRESS.finditer(text):
            if self._allowed(hit[0]):
                found.append(replace(self._style, text=text[end : hit.start()]))
                found.append(replace(self._style, text=hit[0], href=hit[0]))
                end = hit.end()
        return [*found, replace(self._style, text=text[end:])]

    def _begin_link(self, address: str) -> None:
        self._in_link, self._link_words = True, ""
        self._style = replace(self._style, href=address if self._allowed(address) else "")

    def _end_link(self) -> None:
        words = " ".join(self._link_words.split())
        if not words:
            message = "this link has no words. Write [where it leads](https://…)."
            self._error("E262", "](", "link", message)
        elif words.casefold().strip(".… ") in SAYS_NOTHING:
            message = f"{quoted(words)} does not say where the link leads. Name the page or the document."
            self._findings.warn("W260", self._place.of(words), "link", message)
        self._in_link = False
        self._style = replace(self._style, href="")

    def _allowed(self, address: str) -> bool:
        if _can_be_sent(address):
            return True
        message = f"{quoted(address)} cannot be linked. Links begin with https://, http:// or mailto:."
        self._error("E261", address, "link", message)
        return False


def _can_be_sent(address: str) -> bool:
    if len(address) > LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return values.email(parts.path) is not None
    return parts.scheme in ("http", "https") and bool(host) and not parts.username


def _joined(spans: list[Span]) -> Spans:
    """Neighbours in the same style become one; empty ones go."""
    found: list[Span] = []
    for span in spans:
        if found and replace(found[-1], text="") == replace(span, text="") and "\n" not in (found[-1].text, span.text):
            found[-1] = replace(span, text=found[-1].text + span.text)
        elif span.text:
            found.append(span)
    return tuple(found)


def words_of(spans: Spans) -> str:
    """The words alone, on one line."""
    return " ".join(plain(spans).split())
