"""The text part of an edition: complete, with every link written out, because some people read only this."""

import re
import textwrap
from collections.abc import Iterable, Iterator

from bot.files.bulletin_model import Bullets, Numbers, Paragraph, Spans, Subheading
from bot.rendering.bulletin.page import BulletinPage, Chapter, Entries, Entry, Part, Shown

WIDTH = 72
BEGINS = re.compile(r"\* |\d{1,3}\. | +")
"""What further lines of a point of a list stand under."""
ADDRESS_BEGINS = ("http://", "https://", "mailto:")


def email_text(page: BulletinPage) -> str:
    """The whole edition as plain text."""
    around = page.around
    parts = [around.banner, page.title.upper(), page.summary, f"Hello {around.name}," if around.name else ""]
    parts += [f"Read it in the browser:\n{around.online}"] if around.online else []
    parts += _parts(page.opening)
    if page.contents:
        listed = (f"{chapter.number}. {chapter.title}" for chapter in page.contents)
        parts.append("\n".join(("In this edition:", *listed)))
    for chapter in page.chapters:
        parts += _chapter(chapter)
        parts += [f"Was this useful?\n{link}"] if (link := page.opinions_on(chapter)) else []
    body = "\n\n".join(_wrapped(part) for part in parts if part.strip())
    return f"{body}\n\n-- \n{_wrapped(_footer(page))}\n"


def plain_spans(spans: Spans) -> str:
    """Words with the address of each link behind them."""
    found = []
    for span in spans:
        address = span.href.removeprefix("mailto:")
        found.append(span.text if not address or address == span.text.strip() else f"{span.text} ({address})")
    return "".join(found)


def _chapter(chapter: Chapter) -> list[str]:
    line = "=" * min(WIDTH, max(3, len(chapter.title)))
    return [f"{chapter.title}\n{line}", *_parts(chapter.parts)]


def _parts(parts: Iterable[Part]) -> list[str]:
    return [said for part in parts for said in _part(part)]


def _part(part: Part) -> Iterator[str]:
    match part:
        case Paragraph(spans):
            yield plain_spans(spans)
        case Subheading(text):
            yield f"{text}\n{'-' * min(WIDTH, max(3, len(text)))}"
        case Bullets(items):
            yield "\n".join(_item("* ", item) for item in items)
        case Numbers(items, start):
            yield "\n".join(_item(f"{number}. ", item) for number, item in enumerate(items, start))
        case Shown():
            yield f"[Picture: {part.alt}]" + (f"\n{part.caption}" if part.caption else "")
        case Entries(entries, otherwise):
            yield from [_entry(entry) for entry in entries] or [otherwise]


def _item(mark: str, item: Spans) -> str:
    """A point of a list; its further lines stand under its first word."""
    return mark + plain_spans(item).replace("\n", "\n" + " " * len(mark))


def _entry(entry: Entry) -> str:
    lines = (entry.title, entry.detail, f"{entry.label}:" if entry.url else "", entry.url)
    return "\n".join(line for line in lines if line)


def _footer(page: BulletinPage) -> str:
    around = page.around
    lines = [f"{page.series}, sent by {around.sender}."]
    if around.leave:
        lines.append(f"Stop receiving {page.series}:\n{around.leave}")
    if around.preferences:
        lines.append(f"Choose what you receive, and how:\n{around.preferences}")
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(ADDRESS_BEGINS):
            lines.append(line)
            continue
        begins = BEGINS.match(line)
        hang = " " * len(begins[0]) if begins else ""
        lines += textwrap.wrap(line, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False) or [
            ""
        ]
    return "\n".join(lines)
