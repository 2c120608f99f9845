"""Checks what a whole page asks of Slack: one page is one modal view (reference/slack-web-security.md section 1)."""

from bot.files.local_text import LocalText
from bot.files.nodes import Position
from bot.files.problems import Findings
from bot.files.survey_model import SurveyFile, SurveyPage, SurveyQuestion

MAX_BLOCKS = 100
OWN_BLOCKS = 5  # what Herald adds itself: place in the survey, privacy notice, the web link, "save and stop"
MAX_VIEW_BYTES = 250_000
SPARE_BYTES = 20_000
BYTES_PER_QUESTION = 400  # ids and keys of an input block, seen in slack_sdk's output
BYTES_PER_OPTION = 110  # an option object without its words


def check_for_slack(survey: SurveyFile, places: dict[str, Position], findings: Findings) -> None:
    """E233 for a page with too many parts, E234 for one whose view would be too large."""
    for page in survey.pages:
        at = places.get(page.id, (1, 1))
        parts = sum(len(question.asked_as()) for question in page.questions)
        blocks = parts + OWN_BLOCKS
        if blocks > MAX_BLOCKS:
            most = MAX_BLOCKS - OWN_BLOCKS
            message = f"page {page.id} has {parts} parts; a Slack view holds {most}. Divide it."
            findings.error("E233", at, "page", message)
        size = max(_page_bytes(page, language) for language in survey.languages)
        if size > MAX_VIEW_BYTES - SPARE_BYTES:
            message = f"page {page.id} needs about {size // 1000} kB; a Slack view carries 250. Divide it."
            findings.error("E234", at, "page", message)


def _page_bytes(page: SurveyPage, language: str) -> int:
    return sum(_question_bytes(question, language) for question in page.questions)


def _question_bytes(question: SurveyQuestion, language: str) -> int:
    labels = [choice.label for choice in question.choices] + [point.label for point in question.points]
    options = sum(BYTES_PER_OPTION + _bytes(label, language) for label in labels)
    one = BYTES_PER_QUESTION + _bytes(question.text, language) + _bytes(question.help, language) + options
    return one * len(question.asked_as())


def _bytes(text: LocalText, language: str) -> int:
    return len(text.said_in(language).encode())
