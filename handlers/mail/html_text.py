"""The words of an HTML mail as plain text, with what it quotes marked as quoted. Pure.

Small on purpose: mail programs that send only HTML are few, and what is needed are lines, not layout.
"""

from html import unescape
from html.parser import HTMLParser
from typing import Final

SEPARATOR: Final = "-----Original Message-----"
"""What everything below is quoted from; `quotes.py` cuts there."""
_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS: Final = frozenset(
    {"address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4"}
    | {"h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_QUOTED_FROM_HERE: Final = ("divrplyfwdmsg", "appendonsend", "gmail_quote", "yahoo_quoted", "moz-cite-prefix")
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr"})


def text_of_html(html: str) -> str:
    """The text of an HTML mail. Takes anything, in time that grows no faster than the mail."""
    reader = _Reader()
    reader.feed(html)
    reader.take_the_rest()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = " ".join(value or "" for name, value in attrs if name in ("id", "class")).casefold()
        if any(mark in marks for mark in _QUOTED_FROM_HERE):
            self._break()
            self._lines += ["", SEPARATOR]
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS or tag == "br":
            self._break()
        if tag == "p":
            self._lines.append("")
        if tag == "blockquote":
            self._quoted += 1
        if tag == "li":
            self._line.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS:
            self._break()
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)

    def take_the_rest(self) -> None:
        """Text at the end is held back for what might follow; a tag or comment that never ends is no text.

        `close` looks for the end of each of them anew, so that one mail took a minute (CPython #135462).
        """
        if not self.rawdata.startswith("<"):
            self.handle_data(unescape(self.rawdata))

    def text(self) -> str:
        """All lines, blank ones no more than one at a time."""
        self._break()
        kept: list[str] = []
        for line in self._lines:
            if line or (kept and kept[-1]):
                kept.append(line)
        return "\n".join(kept).strip()

    def _break(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self._lines.append(f"> {line}" if self._quoted else line)
