"""Bulletins as people read them: e-mail (HTML and text), Slack message, archive page. Pure: values in, words out.

edition + reader --page_for--> BulletinPage --email_html / email_text / slack_message / archive_fragment--> words
"""

from bot.rendering.bulletin.archive import archive_fragment
from bot.rendering.bulletin.edition import Asked, Bookable, Earlier, Edition, Owed, Picture, Reader, buttons_of
from bot.rendering.bulletin.html import email_html
from bot.rendering.bulletin.lint import LARGEST_BYTES, lint_email, lint_text
from bot.rendering.bulletin.page import BulletinPage, Surround, page_for
from bot.rendering.bulletin.slack import slack_message
from bot.rendering.bulletin.text import email_text

__all__ = [
    "LARGEST_BYTES",
    "Asked",
    "Bookable",
    "BulletinPage",
    "Earlier",
    "Edition",
    "Owed",
    "Picture",
    "Reader",
    "Surround",
    "archive_fragment",
    "buttons_of",
    "email_html",
    "email_text",
    "lint_email",
    "lint_text",
    "page_for",
    "slack_message",
]
