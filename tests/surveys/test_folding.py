"""A ranking and a matrix are several answers in the talk and one in the store, and nothing gets lost on the way."""

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.conditions import Answer
from bot.files.survey import parse_survey
from bot.files.survey_piping import filled, literal, pipes_in
from bot.flows.survey import LANGUAGE
from bot.flows.survey_folding import fold, unfold
from tests.surveys.every_type import TEXT

FILE = parse_survey(TEXT).value
VALUES = ("voice", "threshold", "neglect", "online")
ranked = st.lists(st.sampled_from(VALUES), unique=True, max_size=3).map(
    lambda chosen: {f"order__{place}": value for place, value in enumerate(chosen, start=1)}
)
rows = st.dictionaries(
    st.sampled_from(["together__sharing", "together__meeting"]), st.sampled_from(["1", "4", "not_applicable"])
)
others = st.fixed_dictionaries({}, optional={"role": st.sampled_from(["manager"]), "years": st.integers(0, 60)})


@given(ranked, rows, others)
def test_what_was_answered_comes_back_from_what_is_kept(
    order: dict[str, Answer], grid: dict[str, Answer], rest: dict[str, Answer]
) -> None:
    given_answers = {**order, **grid, **rest}
    kept = fold(FILE, given_answers)
    assert unfold(FILE, kept) == given_answers
    assert fold(FILE, unfold(FILE, kept)) == kept
    assert not any("__" in key for key in kept)


@given(st.dictionaries(st.sampled_from(["order__1", "order__2", "order__3"]), st.sampled_from(VALUES)))
def test_open_places_close_up_and_nothing_stands_in_two_of_them(places: dict[str, Answer]) -> None:
    order = fold(FILE, places).get("order", ())
    assert isinstance(order, tuple)
    assert len(set(order)) == len(order)
    assert set(order) == set(places.values())
    assert fold(FILE, unfold(FILE, fold(FILE, places))) == fold(FILE, places)


def test_the_language_is_not_kept() -> None:
    assert fold(FILE, {LANGUAGE: "en", "role": "manager"}) == {"role": "manager"}


@given(st.text(), st.text())
def test_what_is_put_into_a_text_is_never_read_for_braces_again(before: str, answer: str) -> None:
    assert filled(f"{literal(before)}{{role}}", lambda _: answer) == f"{before}{answer}"
    assert pipes_in(literal(before)) == ()
