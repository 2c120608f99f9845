"""The engine, talked to as a person would: answer, go back, change one's mind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import engine
from bot.conversation.conditions import Leaf
from bot.conversation.engine import Finished, Given, Moved, Rejected, Stopped, begin, submit
from bot.conversation.flow import CHECK_ANSWERS, Choice, Flow, ImpossibleFlow, Kind, Question, Step, Surface
from bot.conversation.prompt import prompt_for
from bot.conversation.snapshot import Snapshot, answers_from_json
from tests.conversation.flows import DANGER, TEA


def says(flow: Flow, at: Snapshot, step: str, **raw: str) -> Snapshot:
    outcome = submit(flow, at, Given(step, raw))
    assert isinstance(outcome, Moved), outcome
    return outcome.snapshot


def test_a_talk_goes_step_by_step_to_the_check_of_answers_and_ends() -> None:
    at = says(TEA, begin(TEA), "drink", drink="Tea")
    at = says(TEA, at, "milk", milk="y")
    at = says(TEA, at, "words", cups="2")
    assert at.step == CHECK_ANSWERS
    done = submit(TEA, at, Given(CHECK_ANSWERS, {}))
    assert isinstance(done, Finished)
    assert done.snapshot.answers == {"drink": "tea", "milk": "yes", "cups": 2}


def test_a_step_that_does_not_apply_is_passed_over_and_its_answer_dropped_at_the_end() -> None:
    at = says(TEA, begin(TEA), "drink", drink="tea")
    at = says(TEA, at, "milk", milk="yes")
    at = says(TEA, at, "words", cups="1")
    at = says(TEA, at, "drink", drink="water")
    assert at.step == CHECK_ANSWERS
    assert at.answers["milk"] == "yes", "kept while the person may still change their mind"
    done = submit(TEA, at, Given(CHECK_ANSWERS, {}))
    assert isinstance(done, Finished)
    assert "milk" not in done.snapshot.answers


def test_changing_an_answer_asks_what_now_applies_before_the_check() -> None:
    at = says(TEA, begin(TEA), "drink", drink="water")
    at = says(TEA, at, "words", cups="1")
    assert at.step == CHECK_ANSWERS
    assert says(TEA, at, "drink", drink="tea").step == "milk"


def test_going_back_keeps_every_answer() -> None:
    at = says(TEA, begin(TEA), "drink", drink="tea")
    at = says(TEA, at, "milk", milk="no")
    before = engine.back(TEA, at)
    assert (before.step, before.answers) == ("milk", at.answers)
    assert engine.back(TEA, engine.back(TEA, before)).step == "drink"


def test_a_step_that_was_not_reached_cannot_be_answered_by_a_forged_form() -> None:
    outcome = submit(TEA, begin(TEA), Given("words", {"cups": "3"}))
    assert isinstance(outcome, Moved)
    assert (outcome.snapshot.step, dict(outcome.snapshot.answers)) == ("drink", {})


def test_the_check_cannot_be_sent_before_all_is_answered() -> None:
    outcome = submit(TEA, begin(TEA), Given(CHECK_ANSWERS, {}))
    assert isinstance(outcome, Moved)
    assert outcome.snapshot.step == "drink"


def test_every_wrong_answer_of_a_step_is_named_at_once() -> None:
    at = says(TEA, begin(TEA), "drink", drink="water")
    outcome = submit(TEA, at, Given("words", {"cups": "many", "note": "x" * 201}))
    assert isinstance(outcome, Rejected)
    assert set(outcome.errors) == {"cups", "note"}
    assert "201" in outcome.errors["note"]


def test_an_identifier_is_not_stored_until_the_person_lets_it_be_removed() -> None:
    at = says(TEA, begin(TEA), "drink", drink="water")
    typed = {"cups": "1", "note": "ring her on 01632 960123 please"}
    refused = submit(TEA, at, Given("words", typed))
    assert isinstance(refused, Rejected)
    assert "01632" not in refused.snapshot.answers_json()
    shown = prompt_for(TEA, refused.snapshot, conversation_id="c", revision=1, rejected=refused, raw=typed)
    assert shown.found_identifiers
    assert shown.fields[1].value == typed["note"], "what was typed stands in the box again"
    taken = submit(TEA, at, Given("words", typed, remove=True))
    assert isinstance(taken, Moved)
    assert "960123" not in taken.snapshot.answers_json()
    assert "ring her on" in str(taken.snapshot.answers["note"])


def test_immediate_danger_stops_the_talk() -> None:
    outcome = submit(DANGER, begin(DANGER), Given("danger", {"danger": "yes"}))
    assert isinstance(outcome, Stopped)
    assert outcome.step.key == "call-now"


def test_a_talk_whose_step_is_gone_goes_on_where_it_can() -> None:
    old = Snapshot("tea", 1, "sugar", {"drink": "water"}, ("drink",))
    assert engine.current(TEA, old).step == "words"


@pytest.mark.parametrize("said", ["tea", "Tea", "TEA.", "cuppa"])
def test_a_label_a_keyword_and_a_button_are_the_same_answer(said: str) -> None:
    assert says(TEA, begin(TEA), "drink", drink=said).answers["drink"] == "tea"


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((Step("a", "A", (Question("q", "?", Kind.TEXT_SHORT),)), Step("a", "A")), "two steps"),
        (
            (Step("a", "A", (Question("q", "?", Kind.TEXT_SHORT), Question("q", "?", Kind.TEXT_SHORT))),),
            "two questions",
        ),
        ((Step("a", "A", show_if=Leaf("later", "is", "yes")),), "earlier"),
        ((), "at least one"),
    ],
)
def test_an_impossible_talk_cannot_be_built(steps: tuple[Step, ...], why: str) -> None:
    with pytest.raises(ImpossibleFlow, match=why):
        Flow("x", "X", steps)


def test_a_sensitive_talk_cannot_be_offered_where_text_stays() -> None:
    with pytest.raises(ImpossibleFlow, match="modal or on the web"):
        Flow("x", "X", (Step("a", "A"),), sensitive=True, surfaces=frozenset({Surface.DM}))


def test_a_label_that_slack_would_cut_is_refused_when_the_talk_is_built() -> None:
    with pytest.raises(ImpossibleFlow, match="75"):
        Question("q", "?", Kind.SINGLE, choices=(Choice("a", "x" * 76), Choice("b", "B")))


RAW = st.one_of(st.none(), st.text(max_size=60), st.sampled_from(["tea", "water", "yes", "no", "1", "9", "-1"]))


@given(
    st.lists(
        st.tuples(st.sampled_from(["drink", "milk", "words", CHECK_ANSWERS, "nonsense"]), RAW, RAW, RAW), max_size=12
    )
)
def test_whatever_comes_in_the_talk_stands_at_a_real_step_and_survives_json(
    moves: list[tuple[str, str | None, str | None, str | None]],
) -> None:
    at = begin(TEA)
    for step, first, second, third in moves:
        raw = {"drink": first, "milk": second, "cups": second, "note": third}
        outcome = submit(TEA, at, Given(step, raw, remove=True))
        if isinstance(outcome, Finished):
            assert {"drink", "cups"} <= set(outcome.snapshot.answers)
            return
        assert not isinstance(outcome, Stopped)
        at = outcome.snapshot
        assert at.step == CHECK_ANSWERS or TEA.step(at.step) is not None
        assert answers_from_json(at.answers_json()) == dict(at.answers)
