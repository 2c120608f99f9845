"""Kinds of messages for tests, written like real ones."""

from bot.links import Button, Purpose
from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing


def hello(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"Hello from {writing.partnership.short_name}",
        paragraphs=(f"Your number is {facts.get('number', 'not known')}.",),
        rows=(("When", "Wednesday 9 December, 12:30"),),
        buttons=(Button("See your booking", Purpose.BOOKING, "B-2026-0001", "see"),),
    )


def reminder(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject="A deadline is near",
        paragraphs=("The six-month report is due on Thursday.",),
        buttons=(Button("Done", Purpose.DEADLINE, "p1:report", "done"),),
        nudge=True,
    )


def alert(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject="An escalation waits for you",
        paragraphs=("Please say that you have seen it.",),
        buttons=(Button("I have seen it", Purpose.ALERT, "E-2026-0001", "seen"),),
        alert=True,
    )


def broken(facts: Facts, writing: Writing) -> Note:
    raise KeyError("a fact that is not there")


KINDS: dict[str, WriteNote] = {"hello": hello, "reminder": reminder, "alert": alert, "broken": broken}
