"""The words of invitations to surveys, and of the reminders to those who have not replied."""

from datetime import datetime

from bot.links import Button, Purpose
from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing
from handlers.wording import moment_in_words

BY_MAIL = "Or answer by e-mail: reply to this message. The next questions come in the answer."


def _invitation(facts: Facts, writing: Writing) -> Note:
    """One button opens the form; how long it takes and who sees what stand before it."""
    return Note(
        subject=_subject(facts),
        paragraphs=(_what(facts), str(facts["purpose"])),
        rows=_rows(facts, writing),
        buttons=_buttons(facts),
        after=tuple(str(line) for line in facts["privacy"]),
        by_mail=_by_mail(facts),
    )


def _reminder(facts: Facts, writing: Writing) -> Note:
    """Only people who have not replied get this one; a machine sends it, so nobody keeps a list of them."""
    return Note(
        subject=f"A reminder: {_subject(facts)}",
        paragraphs=(
            f"There is still time to answer. {_what(facts)}",
            "Herald sends this by itself to those whose reply is not in. If you would rather not answer, do nothing.",
        ),
        rows=_rows(facts, writing),
        buttons=_buttons(facts),
        after=tuple(str(line) for line in facts["privacy"]),
        by_mail=_by_mail(facts),
        nudge=True,
    )


def _subject(facts: Facts) -> str:
    return f"{facts['title']} ({facts['session']})" if facts["session"] else str(facts["title"])


def _what(facts: Facts) -> str:
    asked = (
        f"You came to “{facts['session']}”, and we ask for your view" if facts["session"] else "We ask for your view"
    )
    return f"{asked}. It takes about {_minutes(int(facts['minutes']))}."


def _minutes(number: int) -> str:
    return "a minute" if number == 1 else f"{number} minutes"


def _rows(facts: Facts, writing: Writing) -> tuple[tuple[str, str], ...]:
    if not facts["closes"]:
        return ()
    local = datetime.fromisoformat(str(facts["closes"])).astimezone(writing.partnership.timezone)
    return (("Open until", moment_in_words(local)),)


def _by_mail(facts: Facts) -> tuple[str, ...]:
    """The first step in words, for those who would rather answer than open a page; only in surveys that allow it."""
    lines = tuple(str(line) for line in facts.get("by_mail", ()))
    return (BY_MAIL, *lines) if lines else ()


def _buttons(facts: Facts) -> tuple[Button, ...]:
    return (Button("Answer now", Purpose.SURVEY, str(facts["subject"]), "start"),)


KINDS: dict[str, WriteNote] = {"survey.invitation": _invitation, "survey.reminder": _reminder}
