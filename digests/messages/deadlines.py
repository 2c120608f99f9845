"""What is said about deadlines: few words, a named day, one press to answer."""

from datetime import date

from bot.conversation.reading import long_date
from bot.links import Button, Purpose
from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing
from handlers.wording import step_in_words


def _day(text: object) -> str:
    return long_date(date.fromisoformat(str(text)))


def _nudge(facts: Facts, _writing: Writing) -> Note:
    """All nudges of one person on one day in one message: `items` is a list of step, title, label, due, overdue."""
    items = facts["items"]
    late = sum(bool(item["overdue"]) for item in items)
    first = items[0]
    subject = f"{first['title']}: due {_day(first['due'])}" if len(items) == 1 else f"{len(items)} deadlines near you"
    if late:
        subject = f"Overdue: {first['title']}" if len(items) == 1 else f"{late} of your deadlines are overdue"
    step = str(first["step"])
    buttons = [Button("Done", Purpose.DEADLINE, step, "done")]
    if len(items) > 1:
        buttons = [Button(f"Answer: {item['title']}"[:75], Purpose.DEADLINE, str(item["step"])) for item in items]
    elif late:
        buttons += [Button("This is not mine", Purpose.DEADLINE, step, "not-mine")]
    else:
        buttons += [
            Button("I need more time", Purpose.DEADLINE, step, "more-time"),
            Button("This is not mine", Purpose.DEADLINE, step, "not-mine"),
        ]
    return Note(
        subject=subject,
        paragraphs=("One press tells us how it stands.",),
        rows=tuple(
            (
                f"{'Overdue since' if item['overdue'] else 'Due'} {_day(item['due'])}",
                step_in_words(str(item["title"]), str(item["label"])),
            )
            for item in items
        ),
        buttons=tuple(buttons),
        nudge=True,
    )


def _overdue(facts: Facts, _writing: Writing) -> Note:
    """To a manager or an executive: what is overdue in their team."""
    return Note(
        subject="Overdue in your team",
        paragraphs=("These are past their date. A word from you often helps most.",),
        rows=tuple(
            (f"Since {_day(item['due'])}: {item['owner']}", step_in_words(str(item["title"]), str(item["label"])))
            for item in facts["items"]
        ),
    )


def _snoozed(facts: Facts, _writing: Writing) -> Note:
    return Note(
        subject=f"{facts['who']} needs more time",
        paragraphs=(
            f"{facts['who']} asked to be reminded of “{facts['title']}” on {_day(facts['until'])}. "
            f"It stays due on {_day(facts['due'])}.",
        ),
    )


def _handover(facts: Facts, _writing: Writing) -> Note:
    step = str(facts["step"])
    return Note(
        subject=f"Will you take over “{facts['title']}”?",
        paragraphs=(f"{facts['who']} thinks that this is yours. Until you say yes it stays with them.",),
        rows=(("What", str(facts["label"])), ("Due", _day(facts["due"]))),
        buttons=(
            Button("Yes, I take it", Purpose.HANDOVER, step, "accept"),
            Button("No", Purpose.HANDOVER, step, "refuse"),
        ),
    )


def _handover_answer(facts: Facts, _writing: Writing) -> Note:
    said = "has taken over" if facts["accepted"] else "cannot take over"
    after = () if facts["accepted"] else ("It stays with you.",)
    return Note(subject=f"{facts['who']} {said} “{facts['title']}”", paragraphs=(f"{facts['who']} {said} it.", *after))


def _nobodys(facts: Facts, _writing: Writing) -> Note:
    return Note(
        subject=f"Whose is “{facts['title']}”?",
        paragraphs=(
            f"{facts['who']} says that it is not theirs and does not know whose it is. Please find its owner.",
        ),
        rows=(("What", str(facts["label"])), ("Due", _day(facts["due"]))),
    )


def _tried(facts: Facts, _writing: Writing) -> Note:
    return Note(
        subject=f"{facts['who']} tried to mark “{facts['title']}” done",
        paragraphs=("It is yours, so it is still open. If it is done, one press closes it.",),
        rows=(("What", str(facts["label"])),),
        buttons=(Button("Done", Purpose.DEADLINE, str(facts["step"]), "done"),),
    )


KINDS: dict[str, WriteNote] = {
    "deadline.nudge": _nudge,
    "deadline.overdue": _overdue,
    "deadline.snoozed": _snoozed,
    "deadline.handover": _handover,
    "deadline.handover-answer": _handover_answer,
    "deadline.nobodys": _nobodys,
    "deadline.tried": _tried,
}
