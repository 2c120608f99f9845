"""The HTML part of an edition: one column, styles written into every element, nothing fetched but its own pictures."""

from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.files.bulletin_model import Bullets, Numbers, Paragraph, Spans, Subheading
from bot.rendering.bulletin.page import BulletinPage, Entries, Part, Shown

COLUMN = 552
"""Pixels of the text column: the sheet of 600 without its padding."""


def email_html(page: BulletinPage) -> str:
    """The HTML part."""
    return _inliner().inline(templates().get_template("email.html.j2").render(page=page, column=COLUMN))


@cache
def templates() -> Environment:
    """The templates of e-mail and archive: autoescape on, an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("bot.rendering.bulletin"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["spans"] = spans_html
    made.filters["kind"] = kind_of
    made.filters["size"] = size_of
    return made


def spans_html(spans: Spans) -> Markup:
    """Words, emphasis and links as HTML."""
    found = Markup()
    for span in spans:
        text = Markup("<br>").join(escape(line) for line in span.text.split("\n"))
        text = Markup("<em>{}</em>").format(text) if span.emphasis else text
        text = Markup("<strong>{}</strong>").format(text) if span.strong else text
        found += Markup('<a href="{}">{}</a>').format(span.href, text) if span.href else text
    return found


def kind_of(part: Part) -> str:
    """What a template asks to know how to draw a part."""
    match part:
        case Paragraph():
            return "paragraph"
        case Subheading():
            return "subheading"
        case Bullets():
            return "bullets"
        case Numbers():
            return "numbers"
        case Shown():
            return "picture"
        case Entries():
            return "entries"


def size_of(picture: Shown, column: int) -> tuple[int, int]:
    """Width and height within the column, for Outlook, which does not know max-width. (0, 0) when unknown."""
    if not picture.width or not picture.height:
        return 0, 0
    width = min(picture.width, column)
    return width, max(1, round(picture.height * width / picture.width))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)
