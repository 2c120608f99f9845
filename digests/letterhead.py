"""Pours a page into the one layout of our e-mails, with its styles written into every element (Outlook needs that)."""

from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from bot.rendering.note_email import NotePage

LARGEST_BYTES = 30_000
"""Gmail cuts a message at about 102 KB; ours stay far below, so that nothing hides behind "view entire message"."""


def page_html(page: NotePage) -> str:
    """The HTML part of a message."""
    return _inliner().inline(_template().render(page=page))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("digests"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["lines"] = _lines
    return environment.get_template("note.html.j2")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False)


def _lines(text: str) -> Markup:
    """Text with its own line breaks kept."""
    return Markup("<br>\n").join(escape(line) for line in text.split("\n"))
