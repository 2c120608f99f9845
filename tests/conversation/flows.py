"""Small invented talks for the tests of the engine."""

from bot.conversation.conditions import Leaf
from bot.conversation.flow import Choice, Flow, Kind, Question, Step

TEA = Flow(
    name="tea",
    title="Tea after the briefing",
    short_title="Tea",
    steps=(
        Step(
            "drink",
            "What would you like?",
            (
                Question(
                    "drink",
                    "What would you like?",
                    Kind.SINGLE,
                    choices=(Choice("tea", "Tea", keywords=("cuppa",)), Choice("water", "Water")),
                ),
            ),
        ),
        Step("milk", "Milk?", (Question("milk", "Milk?", Kind.YES_NO),), show_if=Leaf("drink", "is", "tea")),
        Step(
            "words",
            "Anything else?",
            (
                Question("cups", "How many cups?", Kind.NUMBER, minimum=1, maximum=9),
                Question("note", "Anything else?", Kind.TEXT_LONG, required=False, max_length=200),
            ),
        ),
    ),
)

DANGER = Flow(
    name="danger",
    title="Is anyone in danger?",
    short_title="Danger",
    steps=(
        Step("danger", "Danger", (Question("danger", "Is a child in danger now?", Kind.YES_NO),)),
        Step("call-now", "Ring 999", intro=("Ring 999 now.",), show_if=Leaf("danger", "is", "yes"), stop=True),
        Step("reason", "Reason", (Question("reason", "What is it about?", Kind.TEXT_LONG),)),
    ),
)
