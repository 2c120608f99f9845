"""The talks after an escalation was raised: answering, withdrawing, going further up, handing on, what was learned."""

from collections.abc import Sequence

from bot import words
from bot.conversation.flow import MODAL_AND_WEB, Choice, Flow, Kind, Question, Step
from bot.flows.escalation import LONGEST, WORK_ADDRESS

RESPONSES = (
    Choice("agree", "We agree and will change something"),
    Choice("propose", "We propose another way"),
    Choice("explain", "We explain why the decision stands"),
)

THEMES = (
    Choice("thresholds", "Thresholds and how we read risk"),
    Choice("communication", "How we talk and write to each other"),
    Choice("information", "Sharing information"),
    Choice("roles", "Who does what"),
    Choice("timeliness", "How long things take"),
    Choice("voice", "The child's voice"),
    Choice("resources", "Time, people and places"),
    Choice("other", "Something else"),
)
"""What an escalation can teach: counted in the yearly figures, so a choice and never free words."""


def _words(key: str, ask: str, *, help_text: str = words.NEVER_NAME_A_CHILD) -> Question:
    return Question(key, ask, Kind.TEXT_LONG, max_length=LONGEST, sensitive=True, help=help_text)


def _talk(
    name: str, title: str, questions: Sequence[Question], *, submit: str, intro: tuple[str, ...] = (), short: str = ""
) -> Flow:
    return Flow(
        name=name,
        title=title,
        short_title=short or title,
        steps=(Step("answer", title, tuple(questions), intro=intro),),
        surfaces=MODAL_AND_WEB,
        sensitive=True,
        submit=submit,
    )


def response_flow(*, reference: str, stage: str) -> Flow:
    """The talk in which the other side answers at a stage. What they answer to is never shown in Slack."""
    answer = Question("response", "What is your answer?", Kind.SINGLE, choices=RESPONSES)
    return Flow(
        name="escalation-response",
        title=f"Answer {reference}",
        short_title=f"Answer {reference}",
        steps=(
            Step(
                "answer",
                f"{stage}: your answer",
                (answer, _words("words", "What should the other side know?")),
                intro=("What your colleague wrote is shown on the web, never in Slack. Read it before you answer.",),
            ),
        ),
        surfaces=MODAL_AND_WEB,
        sensitive=True,
        submit="Send the answer",
    )


def withdraw_flow(*, reference: str) -> Flow:
    """The talk in which the raiser's side withdraws."""
    why = _words("reason", "Why do you withdraw it?")
    intro = ("It ends, and both sides are told. For ten working days you can open it again.",)
    return _talk("escalation-withdraw", f"Withdraw {reference}", (why,), submit="Withdraw it", intro=intro)


def skip_flow(*, reference: str, stages: Sequence[tuple[str, str]]) -> Flow:
    """The talk in which the raiser's side goes further up; `stages` are the ids and labels of those above."""
    where = Question("stage", "Which stage?", Kind.SINGLE, choices=tuple(Choice(*stage) for stage in stages))
    whom = Question(
        "named",
        "Whom should we tell there? (their work e-mail)",
        Kind.TEXT_SHORT,
        required=False,
        max_length=254,
        identifiers=WORK_ADDRESS,
        help="If you leave this open we tell the people of that stage.",
    )
    why = _words("reason", "Why does it go straight there?")
    return _talk("escalation-skip", f"Take {reference} up", (where, whom, why), submit="Take it there")


def reopen_flow(*, reference: str, stage: str) -> Flow:
    """The talk in which the raiser's side opens it again."""
    intro = (f"It goes on at {stage}, with a new clock. The people there are told at once.",)
    why = _words("reason", "What has happened since?")
    return _talk("escalation-reopen", f"Open {reference} again", (why,), submit="Open it again", intro=intro)


def hand_to_flow(*, name: str, reference: str, intro: str) -> Flow:
    """The talk in which somebody passes it to a colleague: on the other side, or on the raiser's own."""
    whom = Question("to", "To whom? (their work e-mail)", Kind.TEXT_SHORT, max_length=254, identifiers=WORK_ADDRESS)
    return _talk(name, f"Pass on {reference}", (whom,), submit="Pass it on", intro=(intro,))


def learning_flow(*, reference: str) -> Flow:
    """The talk in which the escalation lead keeps what it taught."""
    theme = Question("theme", "What was it about, for all of us?", Kind.SINGLE, choices=THEMES)
    changed = _words("words", "What changed, or should change?")
    return _talk(
        "escalation-learning",
        f"{reference}: what it taught",
        (theme, changed),
        submit="Keep the note",
        short=f"Note on {reference}",
    )
