"""News about escalations that ask nothing: where one stands, who has it now, how it ended. Never what it is about."""

from bot.links import Button, Purpose
from bot.rendering.note import Note
from bot.rules.escalation_states import State
from digests.messages.escalation_words import danger_lines_of, moment_of, open_button, see_button
from digests.messages.kinds import Facts, WriteNote, Writing


def _own_side(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: a colleague in your team has raised a disagreement",
        paragraphs=(
            f"It is at this stage now: {facts['stage']}. The other side answers by {moment_of(facts['respond_by'])}. "
            "Nothing is asked of you here; your colleague may be glad of a word.",
        ),
        after=danger_lines_of(writing),
        alert=True,
    )


def _acknowledged(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: somebody has it",
        paragraphs=(f"A colleague on the other side has taken this on. An answer is due by {facts['until']}.",),
        after=danger_lines_of(writing),
        alert=True,
    )


def _moved(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']} is at the next stage",
        paragraphs=(f"It is with {facts['stage']} now. They are being told, and answer by {facts['until']}.",),
        buttons=(see_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _closed(facts: Facts, _writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']} is closed",
        paragraphs=(f"It was closed: {facts['as']}. Nothing more is needed of you. Thank you.",),
        alert=True,
    )


def _time_given(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: more time was given",
        paragraphs=(f"The answer is due by {facts['until']} now. It can be given once at a stage.",),
        buttons=(open_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _rethink(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: the other side would like to think it over with you",
        paragraphs=(
            "They propose a conversation between both sides before they answer. The clock runs on: "
            f"an answer is due by {facts['until']}.",
        ),
        buttons=(see_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _yours_now(facts: Facts, writing: Writing) -> Note:
    """To somebody who speaks for the raiser's side from now on: why, where it stands, and until when."""
    match facts.get("because"):
        case "away":
            until = f" until {facts['back']}" if facts["back"] else ""
            why = f"Your colleague who spoke for your side is away{until}, so you speak for it until they are back."
        case "stands in":
            why = "Your colleague who spoke for your side has left, so you speak for it from now on."
        case _:
            why = "A colleague has handed it to you, so you speak for your side from now on."
    return Note(
        subject=f"{facts['reference']} is yours now",
        paragraphs=(
            f"{why} It is at this stage: {facts['stage']}. You hear of everything that happens.",
            *_until_when(facts),
        ),
        buttons=(Button("Read it", Purpose.ESCALATION, f"{facts['reference']}/{facts['step']}", "read"),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _until_when(facts: Facts) -> tuple[str, ...]:
    """What somebody who takes over on the raiser's side has to do, and by when."""
    match facts.get("state"):
        case None:
            return ()
        case State.RESPONDED:
            return ("There is an answer. Please read it today, and say whether it settles the matter.",)
        case State.FINAL_DECISION:
            return ("There is a final decision. The escalation lead speaks to both sides.",)
    if not facts["over"]:
        return (f"An answer is due by {facts['until']}. Nothing is asked of you before that.",)
    if facts["final"]:
        return (f"The answer was due by {facts['until']}. The escalation lead speaks to both sides.",)
    return (f"The answer was due by {facts['until']}. Please say today whether it goes to the next stage.",)


def _reopened(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']} is open again",
        paragraphs=(f"It goes on at this stage: {facts['stage']}. An answer is due by {facts['until']}.",),
        buttons=(open_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _lapsed(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"{facts['reference']}: somebody else is being asked",
        paragraphs=(
            "Whoever had taken this on is away or has left, so others are being asked. "
            f"The clock runs on: an answer is due by {facts['until']}.",
        ),
        buttons=(see_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


def _handed_over(facts: Facts, writing: Writing) -> Note:
    whats_left = "Nothing more is needed of you. Thank you."
    if facts.get("away"):
        whats_left = "That is until you are back; you can still say what shall happen yourself."
    return Note(
        subject=f"{facts['reference']}: {facts['who']} speaks for your side now",
        paragraphs=(f"It is at this stage: {facts['stage']}. {whats_left}",),
        after=danger_lines_of(writing),
        alert=True,
    )


def _stands_in(facts: Facts, writing: Writing) -> Note:
    """Who stands in was replaced; `who` is empty where there is nobody. `reader`: as what the reader hears it."""
    who = facts["who"]
    match facts["reader"]:
        case "whose it is" if who:
            said = (
                f"{who} speaks for your side now, instead of the colleague who stood in for you, until you are back. "
                "You can still say what shall happen yourself."
            )
        case "whose it is":
            said = (
                "The colleague who stood in for you is not there any more either, and there is nobody else who could "
                "stand in for you. Please let a colleague speak for your side until you are back."
            )
        case "stood in" if who:
            said = f"You are away too, so {who} speaks for your side meanwhile. If you are asked again, you hear of it."
        case "stood in":
            said = (
                "You are away too, and there is nobody else who could stand in. "
                "We are telling those who look after escalations."
            )
        case _ if who:
            said = f"Who stood in is not there any more either. {who} speaks for the side that raised it now."
        case _:
            said = (
                "Whose matter it is and who stood in are both not there, so nobody can say for the side that raised it "
                "what shall happen. Please speak to their agency today."
            )
    return Note(
        subject=f"{facts['reference']}: {who or 'nobody'} stands in now",
        paragraphs=(f"It is at this stage: {facts['stage']}. {said}",),
        buttons=(see_button(facts),),
        after=danger_lines_of(writing),
        alert=True,
    )


NEWS: dict[str, WriteNote] = {
    "escalation.own-side": _own_side,
    "escalation.acknowledged": _acknowledged,
    "escalation.lapsed": _lapsed,
    "escalation.time-given": _time_given,
    "escalation.rethink": _rethink,
    "escalation.yours-now": _yours_now,
    "escalation.handed-over": _handed_over,
    "escalation.stands-in": _stands_in,
    "escalation.moved": _moved,
    "escalation.reopened": _reopened,
    "escalation.closed": _closed,
}
