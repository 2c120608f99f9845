"""An edition as a part of a web page, for everybody: no reader's name, no reader's link, nothing that acts."""

from markupsafe import Markup

from bot.rendering.bulletin.edition import Edition, Reader, buttons_of
from bot.rendering.bulletin.html import templates
from bot.rendering.bulletin.page import Surround, page_for

SIGN_IN = "Sign in to Herald to see what is waiting for you."


def archive_fragment(edition: Edition, *, base_url: str = "") -> Markup:
    """The stories as HTML, without heading; its links lead to pages that ask to sign in where they must."""
    reader = Reader()
    links = {
        slot: f"{base_url}/briefings/{button.about}" if slot.startswith("book") else f"{base_url}/pledge"
        for slot, button in buttons_of(edition, reader).items()
    }
    page = page_for(edition, reader, links=links, around=Surround(base_url=base_url, sender=edition.from_name))
    return Markup(templates().get_template("archive.html.j2").render(page=page, sign_in=SIGN_IN))  # noqa: S704 - autoescaped
