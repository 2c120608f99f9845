"""Raising an escalation. Danger comes first; only a modal or the web may hold these talks."""

from collections.abc import Sequence
from datetime import date

from bot import words
from bot.conversation.conditions import Leaf
from bot.conversation.flow import MODAL_AND_WEB, Choice, Flow, Kind, Question, Step
from bot.flows.agencies import AgencyNamed, by_drawer, one_list
from bot.rules.identifier_patterns import Kind as Identifier
from bot.rules.identifiers import OWN_REFERENCE, PRACTICE_TEXT, Profile

LONGEST = 500  # reference/booking-escalation-deadlines.md 2.4, privacy gate

WHICH_AGENCY = "Which agency do you disagree with?"

WORK_ADDRESS = Profile(
    "work address",
    PRACTICE_TEXT.kinds - {Identifier.EMAIL, Identifier.URL, Identifier.PERSON_NAME, Identifier.FAMILY_NAME},
)
"""A colleague's work e-mail, and nothing else that points to a person."""

KINDS = (
    Choice("threshold", "Whether a threshold is met"),
    Choice("plan", "The plan, or how it is carried out"),
    Choice("information", "Sharing information"),
    Choice("attendance", "Taking part in meetings"),
    Choice("closing", "Closing or stepping down"),
    Choice("delay", "Delay"),
    Choice("other", "Something else"),
)

URGENCY = (
    Choice("standard", "Standard", "Office hours count. Nothing gets worse for the child overnight."),
    Choice("urgent", "Urgent", "Every hour counts, nights and weekends too."),
)

PRACTICE = (
    "Practice: nobody outside the operations team is told of what you write here. "
    "For a real concern use your agency's own procedure and the numbers below.",
)


def escalation_flow(
    *,
    agencies: Sequence[AgencyNamed],
    danger: tuple[str, ...],
    front_door: str,
    today: date,
    procedure: str = "",
    practice: bool = False,
) -> Flow:
    """The talk in which a disagreement is raised.

    `danger` are the lines with the numbers to ring, `today` is the local date, `procedure` says where the raiser's own
    agency keeps its procedure. Source: reference/booking-escalation-deadlines.md 2.4.
    """
    warning = (*PRACTICE, *danger) if practice else ()
    first = Question(
        key="danger",
        ask="Is a child in immediate danger now?",
        kind=Kind.SINGLE,
        choices=(Choice("yes", "Yes, or I am not sure"), Choice("no", "No")),
    )
    consulted = Question(
        key="consulted",
        ask="Have you talked it through with your own safeguarding adviser or manager?",
        kind=Kind.SINGLE,
        choices=(Choice("yes", "Yes"), Choice("no", "Not yet"), Choice("none", "There is nobody to ask")),
        help="You can go on even if you have not.",
    )
    consulted_on = Question(
        key="consulted_on",
        ask="When was that?",
        kind=Kind.DATE,
        required=False,
        latest=today,
        help="Leave this open if you have not, or do not remember.",
    )
    who = (
        *one_list(agencies, ask=WHICH_AGENCY),
        Question(
            "counterpart",
            "Whom have you been in touch with there? (their work e-mail)",
            Kind.TEXT_SHORT,
            required=False,
            max_length=254,
            identifiers=WORK_ADDRESS,
            help="If you leave this open we tell the agency's managers.",
        ),
        Question("kind", "What is it about?", Kind.SINGLE, choices=KINDS),
        Question("urgency", "How urgent is it?", Kind.SINGLE, choices=URGENCY),
    )
    concern = (
        Question(
            "own_reference",
            "Your own reference for the case",
            Kind.TEXT_SHORT,
            max_length=40,
            identifiers=OWN_REFERENCE,
            sensitive=True,
            help="The number your agency uses. No names.",
        ),
        Question(
            "reason",
            "What do you disagree about?",
            Kind.TEXT_LONG,
            max_length=LONGEST,
            sensitive=True,
            help=words.NEVER_NAME_A_CHILD,
        ),
        Question(
            "would_help",
            "What would help?",
            Kind.TEXT_LONG,
            required=False,
            max_length=LONGEST,
            sensitive=True,
            help="One line is enough. Whoever answers can start from there.",
        ),
    )
    return Flow(
        name="escalation",
        title="Raise a professional disagreement",
        short_title="Raise a disagreement",
        steps=(
            Step("danger", "First: is a child in danger?", (first,), intro=warning),
            Step(
                "call-now",
                "Ring 999 now",
                intro=(*danger, "Herald has not kept anything of this. Ring first; you can come back at any time."),
                show_if=Leaf("danger", "is", "yes"),
                stop=True,
            ),
            Step(
                "procedure",
                "Your own procedure first",
                (consulted, consulted_on),
                intro=(
                    "It is right to challenge a decision when you are worried. Thank you for doing it.",
                    f"Your own agency's procedure comes first. {procedure}".strip(),
                ),
            ),
            *by_drawer(agencies, ask=WHICH_AGENCY),
            Step("who", "Who and how urgent", who),
            Step("concern", "Your concern", concern, intro=(f"If things get worse, ring {front_door} or 999.",)),
        ),
        surfaces=MODAL_AND_WEB,
        sensitive=True,
        check_intro=(*warning, "We tell managers on both sides at once. They are sent the reference, not your words."),
        submit="Raise it",
    )
