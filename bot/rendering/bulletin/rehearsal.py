"""Tries an edition out before anybody releases it: rendered at its fullest, and looked over."""

from bot.files.bulletin_model import BulletinFile
from bot.rendering.bulletin.edition import MOST_OWN, Asked, Bookable, Edition, Owed, Picture, Reader, buttons_of
from bot.rendering.bulletin.html import email_html
from bot.rendering.bulletin.lint import lint_email
from bot.rendering.bulletin.page import Surround, page_for

TITLE = "A session with a title of a usual length"
ADDRESS = "https://herald.example.org/" + "x" * 160  # as long as a signed link


def unsendable(file: BulletinFile) -> tuple[str, ...]:
    """What would be wrong with the e-mail; empty when nothing would."""
    wanted = Edition(file, "", "", "").dates_shown
    edition = Edition(
        file=file,
        content_hash="",
        series_title="Series",
        from_name="Partnership",
        pictures={image.file: Picture(ADDRESS) for image in file.images()},
        bookable=tuple(Bookable(f"b{n}", TITLE, "Wednesday 9 December 2026, 12:30", "Online") for n in range(wanted)),
    )
    reader = Reader(
        tuple(Asked("s", TITLE) for _ in range(MOST_OWN)), tuple(Owed("1", TITLE, "") for _ in range(MOST_OWN))
    )
    links = dict.fromkeys(buttons_of(edition, reader), ADDRESS)
    around = Surround(ADDRESS, "Partnership", "A name", "", ADDRESS, ADDRESS, ADDRESS)
    found = lint_email(email_html(page_for(edition, reader, links=links, around=around)))
    return tuple(f"{said} Shorten it, or divide it into two editions." if "KB" in said else said for said in found)
