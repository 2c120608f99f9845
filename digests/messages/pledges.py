"""What is said about pledges."""

from datetime import date

from bot.conversation.reading import long_date
from bot.flows.check_in import ANSWERS
from bot.links import Button, Purpose
from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing


def _made(facts: Facts, _writing: Writing) -> Note:
    rows = [("Your pledge", str(facts["text"]))]
    if facts["plan_by"]:
        rows.append(("By", long_date(date.fromisoformat(facts["plan_by"]))))
    return Note(
        subject=f"Your pledge {facts['reference']}",
        paragraphs=("Thank you. Here is what you said you will do next.",),
        rows=tuple(rows),
        after=(
            "We will ask you how it went after six weeks, six months and a year. Only you decide whether it was kept.",
        ),
    )


def _check_in(facts: Facts, _writing: Writing) -> Note:
    """All check-ins of one person on one day in one message: `pledges` is a list of about, text, made_on."""
    pledges = facts["pledges"]
    first = pledges[0]
    again = "Just once more: " if facts["reminder"] else ""
    several = len(pledges) > 1
    return Note(
        subject="How is your pledge going?" if not several else "How are your pledges going?",
        paragraphs=(
            f"{again}You made {'these pledges' if several else 'this pledge'}. One press tells us how it went; "
            "“not yet” is a good answer too.",
        ),
        rows=tuple(
            (f"On {long_date(date.fromisoformat(pledge['made_on']))}", str(pledge["text"])) for pledge in pledges
        ),
        buttons=tuple(Button(choice.label, Purpose.CHECK_IN, str(first["about"]), choice.value) for choice in ANSWERS)
        if not several
        else tuple(Button(f"Answer: {str(p['text'])[:50]}", Purpose.CHECK_IN, str(p["about"])) for p in pledges),
        nudge=True,
    )


def _planned(facts: Facts, _writing: Writing) -> Note:
    return Note(
        subject="Your pledge in three days",
        paragraphs=(f"You planned to do this by {long_date(date.fromisoformat(facts['plan_by']))}.",),
        rows=(("Your pledge", str(facts["text"])),),
        buttons=(Button("Done already", Purpose.CHECK_IN, f"{facts['reference']}/w6", "done"),),
        nudge=True,
    )


KINDS: dict[str, WriteNote] = {"pledge.made": _made, "pledge.check-in": _check_in, "pledge.planned": _planned}
