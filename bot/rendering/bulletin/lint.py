"""What the HTML of an edition must have before anybody may release it: readable by everybody, whole in every mailbox.

Source: reference/email-delivery.md section 1 ("Size", "Accessibility").
"""

from html.parser import HTMLParser
from typing import Final

LARGEST_BYTES: Final = 90_000
"""Gmail cuts a message at about 102 KB, and the way to unsubscribe with it."""
ADVISED_BYTES: Final = 60_000
VOID: Final = frozenset({"img", "br", "meta", "link", "hr", "input"})


def lint_email(html: str) -> tuple[str, ...]:
    """What is wrong, as sentences; empty when nothing is."""
    found = _Lint()
    found.feed(html)
    found.close()
    problems = found.problems
    if not found.language:
        problems.append("The message does not say its language.")
    if not found.title.strip():
        problems.append("The message has no title.")
    if found.articles != 1:
        problems.append("The message is not one article.")
    if found.headings[:1] != ["h1"] or found.headings.count("h1") != 1:
        problems.append("The message does not begin with its one main heading.")
    if (size := len(html.encode())) > LARGEST_BYTES:
        problems.append(f"The message has {size // 1000} KB; mailboxes cut it off after {LARGEST_BYTES // 1000} KB.")
    return tuple(problems)


class _Lint(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.language = ""
        self.title = ""
        self.articles = 0
        self.headings: list[str] = []
        self._open: list[str] = []
        self._link_words: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "table" and given.get("role") != "presentation":
            self.problems.append("A layout table is not marked as presentation.")
        if tag == "img" and "alt" not in given:
            self.problems.append("A picture has no description.")
        if tag == "img" and not (given.get("src") or "").startswith(("http://", "https://")):
            self.problems.append("A picture has no address.")
        if tag == "a":
            self._link_words = ""
            if not given.get("href"):
                self.problems.append("A link leads nowhere.")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)
        self.articles += given.get("role") == "article"

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"The HTML is not well-formed at </{tag}>.")
        if tag == "a" and not (self._link_words or "").strip():
            self.problems.append("A link has no words.")
        if tag == "a":
            self._link_words = None

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"]:
            self.title += data
        if self._link_words is not None:
            self._link_words += data
