"""The check-in on a pledge: how did it go, and has it made a difference?"""

from bot import words
from bot.conversation.conditions import Leaf
from bot.conversation.flow import Choice, Flow, Kind, Question, Step
from bot.flows.pledge import BARRIERS

ANSWERS = (
    Choice("kept", "Kept"),
    Choice("partly", "Partly"),
    Choice("not_yet", "Not yet"),
    Choice("replaced", "I do something else now", keywords=("changed", "change")),
)

DIFFERENCE = (
    Choice("none", "None that I can see"),
    Choice("small", "A small one"),
    Choice("some", "Some"),
    Choice("large", "A large one"),
    Choice("too_early", "Too early to say"),
)

QUOTE = (
    Choice("no", "No"),
    Choice("unnamed", "Yes, without my name"),
    Choice("named", "Yes, with my name"),
)

LAST_STAGE = "m12"


def check_in_flow(*, pledge: str, stage: str) -> Flow:
    """The talk about one pledge at one stage. `pledge` is the pledge in the person's own words."""
    done = Leaf("answer", "in", ("kept", "partly"))
    questions_after = [
        Question("difference", "Has it made a difference?", Kind.SINGLE, required=False, choices=DIFFERENCE),
        Question(
            "difference_text",
            "What has changed?",
            Kind.TEXT_LONG,
            help=words.NEVER_NAME_A_CHILD,
            required=False,
            max_length=600,
        ),
    ]
    if stage == LAST_STAGE:
        questions_after.append(
            Question("quote_consent", "May we quote you?", Kind.SINGLE, required=False, choices=QUOTE, suggested="no")
        )
    return Flow(
        name="check-in",
        title="How is your pledge going?",
        short_title="Your pledge",
        steps=(
            Step(
                "answer",
                "How is your pledge going?",
                (Question("answer", "How did it go?", Kind.SINGLE, choices=ANSWERS),),
                intro=(f"You said: “{pledge}”",),
            ),
            Step("difference", "Has it made a difference?", tuple(questions_after), show_if=done),
            Step(
                "barrier",
                "What got in the way?",
                (Question("barrier", "What got in the way?", Kind.SINGLE, required=False, choices=BARRIERS),),
                intro=("Thank you for saying so. Most pledges need more than one go.",),
                show_if=Leaf("answer", "is", "not_yet"),
            ),
        ),
        check=False,
        submit="Send",
    )
