"""What Herald says about talking itself: an answer to words, a way back into a form, what was done, a welcome."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot import words
from bot.links import Button, Purpose
from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing

LONGEST_LABEL = 75


def said(facts: Facts, _writing: Writing) -> Note:
    """An answer to words: `title`, `lines`, `needs` with their buttons, and `buttons` of the answer itself."""
    needs = facts.get("needs", ())
    waiting = [in_words(need) for need in needs]
    return Note(
        subject=str(facts["title"]),
        paragraphs=(*(str(line) for line in facts.get("lines", ())), *waiting)
        or ("Write help to see what you can say.",),
        buttons=(*buttons_of(needs), *buttons_of([facts])),
    )


def _continue(facts: Facts, _writing: Writing) -> Note:
    """A button that opens a talk: asked for in a message, or because a form did not open in time."""
    why = (str(facts["why"]),) if facts.get("why") else ()
    late = ("The form could not be opened in time.",) if facts.get("late") else ()
    kept = (words.ANSWERS_KEPT,) if facts.get("begun") else ()
    return Note(
        subject=str(facts["title"]),
        paragraphs=(*why, *late, "Press the button to open the form.", *kept),
        buttons=(Button("Open the form", Purpose.TALK, str(facts["conversation"])),),
    )


def _done(facts: Facts, writing: Writing) -> Note:
    """What stands in the place of a message once its button was pressed."""
    at = datetime.fromisoformat(str(facts["at"])).astimezone(writing.partnership.timezone)
    reference = f" ({facts['reference']})" if facts.get("reference") else ""
    done = "Done: " if facts.get("recorded") else ""
    return Note(subject=f"{done}{facts['title']}{reference}", paragraphs=(f"{at:%H:%M}, {at.day} {at:%B}",))


def _welcome(_facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"Welcome to Herald, from {writing.partnership.short_name}",
        paragraphs=(
            "Herald brings you surveys, briefings, pledges and reminders, and takes your answers in a minute.",
            "To begin, write book to see the next briefings, or help for everything else. The Home tab shows what "
            "waits for you.",
        ),
        after=(words.NOT_MONITORED,),
    )


def _stranger(_facts: Facts, writing: Writing) -> Note:
    return Note(
        subject="Herald does not know you yet",
        paragraphs=(
            *writing.partnership.front_door.danger_lines(),
            f"To be let in, confirm your work e-mail at {writing.base_url.rstrip('/')}/sign-in",
        ),
    )


def in_words(need: Mapping[str, Any]) -> str:
    """One thing that waits, as a paragraph."""
    urgent = "Urgent: " if need.get("urgent") else ""
    line = f"\n{need['line']}" if need.get("line") else ""
    return f"{urgent}{need['title']}{line}"


def buttons_of(needs: Sequence[Mapping[str, Any]]) -> Iterator[Button]:
    """The buttons of all needs under each other, each saying what it is about when there are several."""
    for need in needs:
        for button in need.get("buttons", ()):
            label = str(button["label"]) if len(needs) == 1 else f"{button['label']}: {need['title']}"
            yield Button(
                label[:LONGEST_LABEL],
                Purpose(button["purpose"]),
                str(button["about"]),
                str(button.get("choice", "")),
                quiet=bool(button.get("quiet")),
            )


KINDS: dict[str, WriteNote] = {
    "talk.words": said,
    "talk.continue": _continue,
    "talk.done": _done,
    "talk.welcome": _welcome,
    "talk.stranger": _stranger,
}
