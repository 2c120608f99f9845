"""The latest editions of a series as an Atom feed (RFC 4287), for those who read news with a program."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (its section 2.2)."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An edition: its path in the archive, its title, when it went out, and the titles of its stories."""

    path: str
    title: str
    went_out: datetime
    stories: tuple[str, ...]


def atom_feed(entries: Sequence[FeedEntry], *, title: str, author: str, path: str, base_url: str) -> bytes:
    """The feed, the latest entry first. Raises ValueError without entries: a feed has to say when it changed."""
    if not entries:
        raise ValueError("A feed needs an entry.")
    base = base_url.rstrip("/")
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": "en-GB"})
    _text(feed, "title", title)
    _text(feed, "id", f"{base}{path}")
    _text(feed, "updated", _instant(max(entry.went_out for entry in entries)))
    _text(SubElement(feed, "author"), "name", author)
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{base}{path}"})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}/bulletins"})
    for entry in entries:
        one = SubElement(feed, "entry")
        _text(one, "title", entry.title)
        _text(one, "id", f"{base}{entry.path}")
        _text(one, "updated", _instant(entry.went_out))
        SubElement(one, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}{entry.path}"})
        _text(one, "summary", f"In this edition: {'; '.join(entry.stories)}." if entry.stories else entry.title)
    made: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return made


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NOT_XML.sub("", text)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
