"""What an edition must have before anybody may release it: readable by everybody, whole in every mailbox.

Source: reference/email-delivery.md section 1 ("Size", "Dark mode", "Accessibility", "Outlook on Windows").
"""

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

LARGEST_BYTES: Final = 90_000
"""Gmail cuts a message at about 102 KB, and the way to unsubscribe with it."""
ADVISED_BYTES: Final = 60_000
VOID: Final = frozenset({"img", "br", "meta", "link", "hr", "input"})
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
REMOVED: Final = frozenset({"script", "form", "input", "button", "iframe", "object", "embed", "svg", "video", "link"})
"""What mailboxes take out, or refuse a message for."""
UNKNOWN_TO_OUTLOOK: Final = re.compile(r"display\s*:\s*(?:flex|inline-flex|grid)|\bfloat\s*:|\bposition\s*:|url\(")
NEEDED_METAS: Final = frozenset({"viewport", "color-scheme"})
SMALLEST_PX: Final = 16
FONT_SIZE: Final = re.compile(r"font-size\s*:\s*([0-9.]+)px")
SAFE_ADDRESS: Final = ("https://", "http://", "mailto:", "#")


def lint_email(html: str) -> tuple[str, ...]:
    """What is wrong with the HTML part, as sentences; empty when nothing is."""
    found = _read(html)
    problems = found.problems
    if not found.language:
        problems.append("The message does not say its language.")
    if not found.title.strip():
        problems.append("The message has no title.")
    if found.articles != 1:
        problems.append("The message is not one article.")
    problems += _headings(found.headings)
    problems += [f"The message does not say its {name}." for name in NEEDED_METAS - found.metas]
    problems += [f"A link leads to #{anchor}, which is not there." for anchor in found.anchors - set(found.ids)]
    if len(found.ids) != len(set(found.ids)):
        problems.append("Two places have the same id.")
    if (size := len(html.encode())) > LARGEST_BYTES:
        problems.append(f"The message has {size // 1000} KB; mailboxes cut it off after {LARGEST_BYTES // 1000} KB.")
    return tuple(problems)


def lint_text(text: str, *, html: str) -> tuple[str, ...]:
    """What is wrong with the text part beside its HTML part: it must say where every link leads."""
    if not text.strip():
        return ("The text part is empty.",)
    missing = [link for link in _read(html).links if link.removeprefix("mailto:") not in text]
    return tuple(f"The text part does not give the address {link[:80]}." for link in missing)


def _read(html: str) -> "_Lint":
    found = _Lint()
    found.feed(html)
    found.close()
    return found


def _headings(headings: list[str]) -> list[str]:
    if headings[:1] != ["h1"] or headings.count("h1") != 1:
        return ["The message does not begin with its one main heading."]
    depths = [HEADINGS.index(heading) for heading in headings]
    jumps = any(after > before + 1 for before, after in pairwise(depths))
    return ["A heading is more than one level below the one before it."] if jumps else []


class _Lint(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.language = ""
        self.title = ""
        self.articles = 0
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.metas: set[str] = set()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self._open: list[str] = []
        self._link_words: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if tag in REMOVED:
            self.problems.append(f"Mailboxes do not show <{tag}>.")
        self.articles += given.get("role") == "article"
        self.ids += [given["id"]] if "id" in given else []
        self._style(given.get("style", ""))
        match tag:
            case "html":
                self.language = given.get("lang", "")
            case "meta":
                self.metas.add(given.get("name", ""))
            case "table" if given.get("role") != "presentation":
                self.problems.append("A layout table is not marked as presentation.")
            case "img":
                self._picture(given)
            case "a":
                self._link(given.get("href", ""))
            case _ if tag in HEADINGS:
                self.headings.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"The HTML is not well-formed at </{tag}>.")
        if tag == "a":
            if not (self._link_words or "").strip():
                self.problems.append("A link has no words.")
            self._link_words = None

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"]:
            self.title += data
        if self._link_words is not None:
            self._link_words += data

    def _style(self, style: str) -> None:
        if UNKNOWN_TO_OUTLOOK.search(style):
            self.problems.append("A style is used that Outlook does not know.")
        if any(float(size) < SMALLEST_PX for size in FONT_SIZE.findall(style)):
            self.problems.append(f"A text is smaller than {SMALLEST_PX} pixels.")

    def _picture(self, given: dict[str, str]) -> None:
        if "alt" not in given:
            self.problems.append("A picture has no description.")
        if not given.get("src", "").startswith(("http://", "https://")):
            self.problems.append("A picture has no address.")

    def _link(self, address: str) -> None:
        self._link_words = ""
        if not address:
            self.problems.append("A link leads nowhere.")
        elif not address.startswith(SAFE_ADDRESS):
            self.problems.append("A link leads to something that is no web page and no mailbox.")
        elif address.startswith("#"):
            self.anchors.add(address[1:])
        else:
            self.links.append(address)
