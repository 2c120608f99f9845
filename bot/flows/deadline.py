"""Needing more time for a deadline, and handing it to somebody else: two short talks."""

from datetime import date

from bot.conversation.flow import Choice, Flow, Kind, Question, Step


def more_time_flow(*, title: str, due: str, today: date, last: date) -> Flow:
    """Puts reminders off to a working day before the due date; the due date itself never moves."""
    return Flow(
        name="deadline-more-time",
        title="When shall we remind you?",
        short_title="Remind me later",
        steps=(
            Step(
                "until",
                "When shall we remind you?",
                (Question("until", "Remind me on", Kind.DATE, earliest=today, latest=last),),
                intro=(f"{title} is due on {due}. That date stays; your manager sees that you asked for more time.",),
            ),
        ),
        check=False,
        submit="Remind me then",
    )


def hand_over_flow(*, title: str, colleagues: tuple[Choice, ...]) -> Flow:
    """Asks a colleague to take a deadline over; until they accept it stays where it is."""
    return Flow(
        name="deadline-hand-over",
        title="Whose is it?",
        short_title="Not mine",
        steps=(
            Step(
                "colleague",
                "Whose is it?",
                (
                    Question(
                        "colleague",
                        "Who should have this?",
                        Kind.SINGLE,
                        choices=(*colleagues, Choice("unknown", "I do not know")),
                    ),
                ),
                intro=(f"{title}. We ask your colleague first; until they say yes it stays with you.",),
            ),
        ),
        check=False,
        submit="Ask them",
    )
