"""The pledge: what will you do next? Made in under a minute (reference/surveys-pledges.md section 5)."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot import words
from bot.conversation.conditions import Leaf
from bot.conversation.flow import Choice, Flow, Kind, Question, Step

OWN_WORDS = "own_words"
LONGEST = 280
USUAL_TIME = timedelta(weeks=4)

LIBRARY = (
    Choice("ask_child", "Ask a child what they think before each meeting"),
    Choice("team_talk", "Share one piece of learning at our team meeting"),
    Choice("ring_first", "Ring the other agency before I write to them"),
    Choice("read_review", "Read one review and talk it through with a colleague"),
    Choice("missing_talk", "Offer a return conversation after each missing episode"),
    Choice("write_plain", "Write my next plan in words the family uses"),
    Choice("know_routes", "Put the escalation steps where my team can see them"),
    Choice("new_starter", "Show every new colleague where to find help"),
)

BARRIERS = (
    Choice("time", "Time"),
    Choice("caseload", "My caseload"),
    Choice("manager", "Support from my manager"),
    Choice("other_agency", "Another agency"),
    Choice("not_relevant", "It may not fit my role"),
    Choice("forgot", "I may forget"),
    Choice("other", "Something else"),
)

VISIBILITY = (
    Choice("private", "Only me", "Figures count it; nobody reads it."),
    Choice("team", "My agency", "Colleagues in your agency can read it."),
    Choice("public_named", "Everyone, with my name", "It may stand in a bulletin."),
)


def pledge_flow(*, today: date, library: Sequence[Choice] = LIBRARY, about: str = "") -> Flow:
    """The talk in which a pledge is made. `today` is the local date; `about` names the priority or event, if any."""
    pick = Question(
        key="pick",
        ask="What will you do next?",
        kind=Kind.SINGLE,
        choices=(*library, Choice(OWN_WORDS, "Something else, in my own words")),
    )
    own = Question(
        key="own",
        ask="What will you do, in your own words?",
        help=f"Start with “I will …”. {words.NEVER_NAME_A_CHILD}",
        kind=Kind.TEXT_LONG,
        max_length=LONGEST,
    )
    plan = (
        Question("plan_with", "With whom, or where?", Kind.TEXT_SHORT, required=False, max_length=120),
        Question(
            "plan_by",
            "By when?",
            Kind.DATE,
            required=False,
            earliest=today,
            latest=today + timedelta(days=366),
            suggested=(today + USUAL_TIME).isoformat(),
        ),
        Question("barrier", "What might get in the way?", Kind.SINGLE, required=False, choices=BARRIERS),
        Question("visibility", "Who may see it?", Kind.SINGLE, choices=VISIBILITY, suggested="private"),
    )
    return Flow(
        name="pledge",
        title="Your pledge" if not about else f"Your pledge: {about}",
        short_title="Your pledge",
        steps=(
            Step("promise", "What will you do next?", (pick,)),
            Step("own-words", "In your own words", (own,), show_if=Leaf("pick", "is", OWN_WORDS)),
            Step("plan", "Your plan", plan, intro=("A pledge with a place and a day is kept more often.",)),
        ),
        submit="Make this pledge",
    )
