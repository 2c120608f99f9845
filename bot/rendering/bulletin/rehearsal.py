"""Tries an edition out before anybody releases it: rendered at its fullest, and looked over."""

from dataclasses import replace

from bot.files.bulletin_model import BulletinFile
from bot.rendering.bulletin.account import MOST_OF_EACH, Done, FinishedStep, HeardSurvey, HeldSession, Pledged
from bot.rendering.bulletin.edition import MOST_OWN, Asked, Bookable, Edition, Owed, Picture, Reader, buttons_of
from bot.rendering.bulletin.html import email_html
from bot.rendering.bulletin.lint import lint_email, lint_text
from bot.rendering.bulletin.page import BulletinPage, Surround, page_for
from bot.rendering.bulletin.text import email_text

TITLE = "A session with a title of a usual length"
DAY = "9 December 2026"
ADDRESS = "https://herald.example.org/" + "x" * 160  # as long as a signed link


def unsendable(file: BulletinFile) -> tuple[str, ...]:
    """What would be wrong with the e-mail; empty when nothing would."""
    page = _fullest(file)
    html = email_html(page)
    found = (*lint_email(html), *lint_text(email_text(page), html=html))
    return tuple(f"{said} Shorten it, or divide it into two editions." if "KB" in said else said for said in found)


def fullest_html(file: BulletinFile) -> str:
    """The HTML of the longest e-mail that an edition can become."""
    return email_html(_fullest(file))


def _fullest(file: BulletinFile) -> BulletinPage:
    edition = _at_its_fullest(file)
    reader = Reader(
        tuple(Asked("s", TITLE) for _ in range(MOST_OWN)), tuple(Owed("1", TITLE, "") for _ in range(MOST_OWN))
    )
    links = dict.fromkeys(buttons_of(edition, reader), ADDRESS)
    around = Surround(
        base_url=ADDRESS,
        sender="Partnership",
        name="A name",
        online=ADDRESS,
        leave=ADDRESS,
        preferences=ADDRESS,
        opinions=ADDRESS,
    )
    return page_for(edition, reader, links=links, around=around)


def _at_its_fullest(file: BulletinFile) -> Edition:
    bare = Edition(file, "", "Series", "Partnership")
    return replace(
        bare,
        pictures={image.file: Picture(ADDRESS) for image in file.images()},
        bookable=tuple(
            Bookable(f"b{n}", TITLE, f"Wednesday {DAY}, 12:30", "Online", kind=block.kind)
            for block in bare.dates
            for n in range(block.next)
        ),
        pledged=tuple(Pledged(priority, 999, 99, 99, 99) for priority in bare.pledges),
        done=tuple(
            Done(
                priority,
                DAY,
                (HeldSession(TITLE, DAY, 99, 9),) * MOST_OF_EACH,
                (FinishedStep(TITLE, DAY, in_time=True),) * MOST_OF_EACH,
                (HeardSurvey(TITLE, 999, 99),) * MOST_OF_EACH,
            )
            for priority in bare.accounts
        ),
    )
