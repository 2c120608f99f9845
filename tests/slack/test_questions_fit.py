"""A question in a direct message stays within Slack's limits, however much there is to say."""

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import engine
from bot.conversation.flow import Choice, Flow, Kind, Question, Step
from bot.conversation.prompt import prompt_for
from bot.rendering.slack_limits import check_message
from bot.rendering.slack_question import ASKED, Say, question_message, read_say

LABELS = st.text(alphabet="ab ü<&", min_size=1, max_size=75).filter(str.strip)


@given(
    st.lists(LABELS, min_size=2, max_size=100),
    st.sampled_from([Kind.SINGLE, Kind.MULTI, Kind.SCALE]),
    st.lists(st.text(max_size=4000), max_size=5),
    st.booleans(),
)
def test_a_question_fits_and_is_still_there(labels: list[str], kind: Kind, first: list[str], ways: bool) -> None:
    choices = tuple(Choice(str(place), label, "d" * 75) for place, label in enumerate(labels))
    question = Question("q", "Which?" * 40, kind, choices=choices, required=False, help="h" * 500)
    flow = Flow(name="f", title="T" * 150, short_title="T", steps=(Step("s", "S", (question,), ("i" * 2000,)),))
    prompt = prompt_for(flow, engine.begin(flow), conversation_id="c" * 16, revision=1)
    text, blocks = question_message(prompt, "q", first=first, ways=ways, link="https://herald.example.org/l/x")
    assert check_message(text, blocks) == []
    assert any(block.get("block_id") == f"{ASKED}q" for block in blocks)


def test_whoever_was_not_understood_three_times_still_has_the_answers_before_them() -> None:
    choices = (Choice("yes", "Yes"), Choice("no", "No"))
    question = Question("q", "Did it help?", Kind.YES_NO, choices=choices)
    flow = Flow(name="f", title="T", short_title="T", steps=(Step("s", "S", (question,)),))
    prompt = prompt_for(flow, engine.begin(flow), conversation_id="c" * 16, revision=1)
    _, blocks = question_message(prompt, "q", ways=True)
    labels = [each["text"]["text"] for block in blocks if block["type"] == "actions" for each in block["elements"]]
    assert labels == ["Yes", "No", "Try again", "Open the form", "Stop"]


@given(st.text(alphabet="abc-_019"), st.text(), st.text(), st.text())
def test_what_a_button_says_is_read_back_and_nothing_else_is(talk: str, question: str, value: str, other: str) -> None:
    assert read_say(Say(talk, question, value).written()) == Say(talk, question, value)
    assert read_say(other) is None
    assert read_say("[" * 5000) is None
    assert read_say(Say("\x00", question, value).written()) is None
