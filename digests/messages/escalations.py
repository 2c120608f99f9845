"""What escalations ask of people: who, which stage, until when. Never what it is about (law 8).

News that ask nothing are in `escalation_news.py`; what the facts of all of them are says `escalation_words.py`.
"""

from dataclasses import replace
from functools import wraps
from typing import Final

from bot.links import Button, Purpose
from bot.rendering.note import Note
from bot.rendering.reply_buttons import ACKNOWLEDGE
from bot.rules.escalation_states import State
from digests.messages.escalation_news import NEWS
from digests.messages.escalation_words import danger_lines_of, local_moment_of, moment_of, open_button
from digests.messages.kinds import Facts, WriteNote, Writing
from handlers.escalations.merging import EARLIER

LATE: Final = "Messages could not leave for a while, so this comes later than it should. Meant for you before it:"

TAKING_OVER: Final = {
    "handed": "a colleague hands this to you",
    "lapsed": "whoever had this is away or has left",
}
"""Why somebody is asked in the middle of a stage, in words."""

PRACTICE: Final = "This was raised to try Herald out. Nothing is asked of you but to try it out as well."


def _alert(facts: Facts, writing: Writing) -> Note:
    return _asking(facts, writing, subject=_please(facts))


def _reminder(facts: Facts, writing: Writing) -> Note:
    return _asking(facts, writing, subject=f"nobody has taken this on yet; {_please(facts)}")


def _please(facts: Facts) -> str:
    return f"please acknowledge by {moment_of(facts['acknowledge_by'])}"


def _asking(facts: Facts, writing: Writing, *, subject: str) -> Note:
    about = f"{facts['reference']}/{facts['step']}"
    urgent = "Urgent: " if facts["urgent"] else ""
    taking_over = TAKING_OVER.get(str(facts.get("why", "")))
    if taking_over is not None:
        subject = f"{taking_over}; {_please(facts)}"
    buttons: tuple[Button, ...] = (
        Button("I have this", Purpose.ALERT, about, ACKNOWLEDGE),
        Button("Read and answer", Purpose.ALERT, about, "read"),
    )
    after = danger_lines_of(writing)
    if facts["mailbox"]:
        buttons = ()
        after = (f"Whoever takes this on signs in at {writing.base_url}/escalations/{facts['reference']}.", *after)
    return Note(
        subject=f"{urgent}{facts['reference']}: {subject}",
        paragraphs=(
            f"A colleague at {facts['agency']} disagrees with a decision and asks for yours. "
            f"This is stage {facts['stage_number']}, {facts['stage']}.",
        ),
        rows=(
            ("Reference", str(facts["reference"])),
            ("Acknowledge by", moment_of(facts["acknowledge_by"])),
            ("Answer by", moment_of(facts["respond_by"])),
        ),
        buttons=buttons,
        after=("What it is about is shown only after you have signed in.", *after),
        alert=True,
    )


def _warning(facts: Facts, writing: Writing) -> Note:
    """Before the answer is due: to whoever has it, and (`asked` is false) to the side that raised it."""
    about = f"{facts['reference']}/{facts['step']}"
    due = moment_of(facts["respond_by"])
    if facts["asked"]:
        said = (
            f"The answer to {facts['reference']} is due by {due}. If you need more time, speak to your colleague now."
        )
        buttons = (Button("Read and answer", Purpose.ALERT, about, "read"),)
    else:
        said = "There is no answer yet. Nothing is asked of you; a word with the other side may help."
        buttons = (Button("See where it stands", Purpose.ESCALATION, about, "read"),)
    return Note(
        subject=f"{facts['reference']}: the answer is due by {due}",
        paragraphs=(said,),
        rows=(("Reference", str(facts["reference"])), ("Stage", str(facts["stage"])), ("Answer by", due)),
        buttons=buttons,
        after=danger_lines_of(writing),
        alert=True,
    )


def _timed_out(facts: Facts, writing: Writing) -> Note:
    """To both sides' managers and the lead, once for each stage; `next` says in a sentence what happens now."""
    return Note(
        subject=f"{facts['reference']}: no answer by {facts['until']}",
        paragraphs=(f"The time for this stage, {facts['stage']}, is over without an answer. {facts['next']}".strip(),),
        buttons=(open_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _ask_raiser(facts: Facts, writing: Writing) -> Note:
    reference = str(facts["reference"])
    about = f"{reference}/{facts['step']}"
    more_time = Button("Give two more working days", Purpose.ESCALATION, about, "give-time")
    return Note(
        subject=f"{reference}: no answer by {facts['until']}",
        paragraphs=(
            f"The time for this stage, {facts['stage']}, is over. If we do not hear from you by the end of the next "
            "working day, it goes to the next stage by itself.",
        ),
        buttons=(
            Button("Take it to the next stage", Purpose.ESCALATION, about, "advance"),
            *((more_time,) if facts.get("more_time", True) else ()),
            Button("It is settled between us", Purpose.ESCALATION, about, "resolve"),
        ),
        after=danger_lines_of(writing),
        alert=True,
    )


def _answered(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: there is an answer",
        paragraphs=(f"{facts['answer']}. Read it after signing in, and say whether it settles the matter.",),
        buttons=_raiser_buttons(facts),
        after=danger_lines_of(writing),
        alert=True,
    )


def _raiser_buttons(facts: Facts) -> tuple[Button, ...]:
    about = f"{facts['reference']}/{facts['step']}"
    settle = Button("This settles it", Purpose.ESCALATION, about, "resolve")
    further = () if facts["final"] else (Button("Take it to the next stage", Purpose.ESCALATION, about, "advance"),)
    return (Button("Read it", Purpose.ESCALATION, about, "read"), settle, *further)


def _stuck(facts: Facts, writing: Writing) -> Note:
    since = moment_of(facts["since"])
    stands = f"It is at {facts['stage']} and has not moved since {since}. Please speak to both sides today."
    if facts["state"] == State.FINAL_DECISION:
        stands = f"There is a final decision, made on {since}. Please speak to both sides today, then close it."
    return Note(
        subject=f"{facts['reference']} needs you",
        paragraphs=(stands,),
        buttons=(open_button({**facts, "step": 0}),),
        after=danger_lines_of(writing),
        alert=True,
    )


_ALL: Final[dict[str, WriteNote]] = {
    **NEWS,
    "escalation.alert": _alert,
    "escalation.reminder": _reminder,
    "escalation.warning": _warning,
    "escalation.timed-out": _timed_out,
    "escalation.ask-raiser": _ask_raiser,
    "escalation.answered": _answered,
    "escalation.stuck": _stuck,
}


ASKING: Final = frozenset({"escalation.alert", "escalation.reminder"})
"""What asks somebody to take an escalation on, and says what that is."""


def _with_earlier(kind: str) -> WriteNote:
    """The same message with what it took in, each with the moment at which it should have come."""

    @wraps(_ALL[kind])
    def whole(facts: Facts, writing: Writing) -> Note:
        note = _as_practice(_ALL[kind](facts, writing), facts)
        earlier = [line for line in facts.get(EARLIER, ()) if line["kind"] in _ALL]
        if not earlier:
            return note
        told = [(line["kind"], line["at"], _ALL[line["kind"]](line["facts"], writing)) for line in earlier]
        asked = [one for of, _, one in told if of in ASKING and kind not in ASKING]
        lines = [f"{local_moment_of(at, writing)}: {one.subject}" for _, at, one in told]
        note = _still_asking(note, asked[-1]) if asked else note
        return replace(note, paragraphs=(*note.paragraphs, LATE, *lines))

    return whole


def _as_practice(note: Note, facts: Facts) -> Note:
    """What was raised in practice says so itself: it may leave when Herald is live already."""
    if not facts.get("practice"):
        return note
    return replace(note, subject=f"Practice: {note.subject}", paragraphs=(PRACTICE, *note.paragraphs))


def _still_asking(note: Note, asked: Note) -> Note:
    """What an alert asks of its reader, and says about itself, stands in the message that took it in.

    An alert that was answered meanwhile is not among these: that took it back.
    """
    known = {label for label, _ in note.rows}
    buttons = [button for button in asked.buttons if button.choice == ACKNOWLEDGE]
    return replace(
        note,
        paragraphs=(*asked.paragraphs, *note.paragraphs),
        rows=(*note.rows, *(row for row in asked.rows if row[0] not in known)),
        buttons=(*buttons, *note.buttons),
        after=tuple(dict.fromkeys((*asked.after, *note.after))),
    )


KINDS: dict[str, WriteNote] = {kind: _with_earlier(kind) for kind in _ALL}
