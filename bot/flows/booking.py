"""Booking a seat: which session, and where it is asked for, the word that the line manager agrees."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.conditions import Leaf
from bot.conversation.flow import MAX_LABEL, Choice, Flow, Kind, Question, Step

NAME = "booking"
AGREES = "agrees"
BOOK_IT = "book"
WHICH = "briefing"
MOST_LISTED = 99


@dataclass(frozen=True, slots=True)
class Offered:
    """A session as a person sees it before booking: `when` in local words, `seats` how many are left, in words."""

    briefing_id: str
    title: str
    when: str
    place: str
    seats: str
    declared: bool = False
    description: str = ""
    overlap: str = ""


def choosing_flow(sessions: Sequence[Offered]) -> Flow:
    """The talk in which a session is chosen from those that can be booked, the next one first; at least one."""
    shown = list(sessions)[:MOST_LISTED]
    which = Question(
        key=WHICH,
        ask="Which session?",
        kind=Kind.SINGLE,
        choices=session_choices(shown),
    )
    declared = tuple(session.briefing_id for session in shown if session.declared)
    steps = [Step("choose", "Which session would you like to come to?", (which,))]
    if declared:
        steps.append(Step("manager", "Your line manager", (manager_agrees(),), show_if=Leaf(WHICH, "in", declared)))
    return Flow(
        name=NAME,
        title="Book a seat",
        steps=tuple(steps),
        check_intro=("If no seat is free you are put on the waiting list, and told your place in it.",),
        submit="Book my seat",
    )


def confirming_flow(session: Offered) -> Flow:
    """The talk about one session: a last look, then the seat."""
    intro = [f"{session.when}, {session.place}.", session.seats]
    if session.description:
        intro.insert(0, session.description)
    if session.overlap:
        intro.append(session.overlap)
    question = manager_agrees() if session.declared else _book_it()
    return Flow(
        name=NAME,
        title=f"Book: {session.title}",
        short_title="Book a seat",
        steps=(Step("confirm", session.title, (question,), intro=tuple(intro)),),
        check=False,
        submit="Book my seat",
    )


def session_choices(sessions: Sequence[Offered]) -> tuple[Choice, ...]:
    """The sessions as choices: title and time, the place and how many seats are left beside them."""
    return tuple(
        Choice(session.briefing_id, _label(session), f"{session.place}. {session.seats}")
        for session in list(sessions)[:MOST_LISTED]
    )


def manager_agrees() -> Question:
    """Whether the line manager agrees, for sessions whose seat depends on their word."""
    return Question(
        key="declared",
        ask="Does your line manager agree that you come?",
        kind=Kind.SINGLE,
        choices=(Choice(AGREES, "Yes, my line manager agrees", keywords=("yes", "y", "agreed")),),
        help="Please ask first. Your seat is then yours at once.",
        missing="Say that your line manager agrees, or ask them first",
    )


def _book_it() -> Question:
    return Question(
        key="confirm",
        ask="Book this seat?",
        kind=Kind.SINGLE,
        choices=(Choice(BOOK_IT, "Yes, book my seat", keywords=("yes", "y", "ok", "book")),),
        suggested=BOOK_IT,
    )


def _label(session: Offered) -> str:
    whole = f"{session.title} – {session.when}"
    if len(whole) <= MAX_LABEL:
        return whole
    room = MAX_LABEL - len(session.when) - 4
    return f"{session.title[:room].rstrip()}… – {session.when}"
