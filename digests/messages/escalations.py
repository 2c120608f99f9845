"""What is said about escalations: who, which stage, until when. Never what it is about (law 8)."""

from datetime import datetime

from bot.links import Button, Purpose
from bot.rendering.note import Note
from bot.rules.escalation_states import State
from digests.messages.kinds import Facts, WriteNote, Writing
from handlers.wording import moment_in_words


def _danger(writing: Writing) -> tuple[str, ...]:
    return writing.partnership.front_door.danger_lines()


def _moment(text: object) -> str:
    return moment_in_words(datetime.fromisoformat(str(text)))


def _alert(facts: Facts, writing: Writing) -> Note:
    about = f"{facts['reference']}/{facts['step']}"
    urgent = "Urgent: " if facts["urgent"] else ""
    buttons: tuple[Button, ...] = (
        Button("I have this", Purpose.ALERT, about, "acknowledge"),
        Button("Read and answer", Purpose.ALERT, about, "read"),
    )
    after = _danger(writing)
    if facts["mailbox"]:
        buttons = ()
        after = (f"Whoever takes this on signs in at {writing.base_url}/escalations/{facts['reference']}.", *after)
    return Note(
        subject=f"{urgent}{facts['reference']}: please acknowledge by {_moment(facts['acknowledge_by'])}",
        paragraphs=(
            f"A colleague at {facts['agency']} disagrees with a decision and asks for yours. "
            f"This is stage {facts['stage_number']}, {facts['stage']}.",
        ),
        rows=(
            ("Reference", str(facts["reference"])),
            ("Acknowledge by", _moment(facts["acknowledge_by"])),
            ("Answer by", _moment(facts["respond_by"])),
        ),
        buttons=buttons,
        after=("What it is about is shown only after you have signed in.", *after),
        alert=True,
    )


def _own_side(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: a colleague in your team has raised a disagreement",
        paragraphs=(
            f"It is at this stage now: {facts['stage']}. The other side answers by {_moment(facts['respond_by'])}. "
            "Nothing is asked of you here; your colleague may be glad of a word.",
        ),
        after=_danger(writing),
        alert=True,
    )


def _acknowledged(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: somebody has it",
        paragraphs=(f"A colleague on the other side has taken this on. An answer is due by {facts['until']}.",),
        after=_danger(writing),
        alert=True,
    )


def _raiser_buttons(facts: Facts) -> tuple[Button, ...]:
    about = f"{facts['reference']}/{facts['step']}"
    settle = Button("This settles it", Purpose.ESCALATION, about, "resolve")
    further = () if facts["final"] else (Button("Take it to the next stage", Purpose.ESCALATION, about, "advance"),)
    return (Button("Read it", Purpose.ESCALATION, about, "read"), settle, *further)


def _answered(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: there is an answer",
        paragraphs=(f"{facts['answer']}. Read it after signing in, and say whether it settles the matter.",),
        buttons=_raiser_buttons(facts),
        after=_danger(writing),
        alert=True,
    )


def _ask_raiser(facts: Facts, writing: Writing) -> Note:
    reference = str(facts["reference"])
    about = f"{reference}/{facts['step']}"
    return Note(
        subject=f"{reference}: no answer by {facts['until']}",
        paragraphs=(
            f"The time for this stage, {facts['stage']}, is over. If we do not hear from you by the end of the next "
            "working day, it goes to the next stage by itself.",
        ),
        buttons=(
            Button("Take it to the next stage", Purpose.ESCALATION, about, "advance"),
            Button("Give two more working days", Purpose.ESCALATION, about, "give-time"),
            Button("It is settled", Purpose.ESCALATION, about, "resolve"),
        ),
        after=_danger(writing),
        alert=True,
    )


def _moved(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']} is at the next stage",
        paragraphs=(f"It is with {facts['stage']} now. They were told at once and answer by {facts['until']}.",),
        buttons=(Button("See where it stands", Purpose.ESCALATION, str(facts["reference"]), "read"),),
        after=_danger(writing),
        alert=True,
    )


def _closed(facts: Facts, _writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']} is closed",
        paragraphs=(f"It was closed: {facts['as']}. Nothing more is needed of you. Thank you.",),
        alert=True,
    )


def _stuck(facts: Facts, writing: Writing) -> Note:
    since = _moment(facts["since"])
    stands = f"It is at {facts['stage']} and has not moved since {since}. Please speak to both sides today."
    if facts["state"] == State.FINAL_DECISION:
        stands = f"There is a final decision, made on {since}. Please speak to both sides today, then close it."
    return Note(
        subject=f"{facts['reference']} needs you",
        paragraphs=(stands,),
        buttons=(Button("Open it", Purpose.ALERT, f"{facts['reference']}/0", "read"),),
        after=_danger(writing),
        alert=True,
    )


KINDS: dict[str, WriteNote] = {
    "escalation.alert": _alert,
    "escalation.own-side": _own_side,
    "escalation.acknowledged": _acknowledged,
    "escalation.answered": _answered,
    "escalation.ask-raiser": _ask_raiser,
    "escalation.moved": _moved,
    "escalation.closed": _closed,
    "escalation.stuck": _stuck,
}
