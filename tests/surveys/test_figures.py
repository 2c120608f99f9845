"""The pure rule of what may be shown, whatever people answered."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.survey_figures import Answer, Asked, breakdown, comments, figures, rates

USEFUL = Asked("useful", "scale", "How useful?", (("1", "Little"), ("2", "Much")), measured=True)
REPLY = st.fixed_dictionaries({}, optional={"useful": st.sampled_from(["1", "2", "not_applicable"])})
GROUPS = st.dictionaries(st.sampled_from("abcdef"), st.lists(REPLY, max_size=9), min_size=1)


def real(replies: list[Mapping[str, Answer]]) -> int:
    return sum(reply.get("useful") in ("1", "2") for reply in replies)


@given(GROUPS)
def test_what_is_not_shown_of_a_question_is_nobody_or_five_at_least(
    groups: dict[str, list[Mapping[str, Answer]]],
) -> None:
    everybody = [reply for replies in groups.values() for reply in replies]
    total = figures(USEFUL, everybody)
    cells = breakdown([USEFUL], groups)
    for cell in cells:
        shown = cell.questions[0]
        assert shown.answered is None or shown.answered == real(groups[cell.value]) >= 5
        assert cell.n is None or cell.n == len(groups[cell.value])
        assert cell.n is not None or shown.answered is None, "a hidden group shows no question"
    visible = sum(cell.questions[0].answered or 0 for cell in cells)
    if total.answered is not None and visible:
        rest = total.answered - visible
        assert rest == 0 or rest >= 5
    people = [cell.n for cell in cells if cell.n is not None]
    if people:
        rest = len(everybody) - sum(people)
        assert rest == 0 or rest >= 5


@given(st.lists(REPLY, max_size=30))
def test_a_mean_is_of_real_answers_only_and_never_of_fewer_than_five(replies: list[Mapping[str, Answer]]) -> None:
    found = figures(USEFUL, replies)
    if real(replies) < 5:
        assert (found.answered, found.mean, set(found.counts)) == (None, None, {None})
    else:
        assert found.mean is not None
        assert 1 <= found.mean <= 2
        assert sum(n or 0 for n in found.counts) == found.answered == real(replies)


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(1, 30), st.integers(0, 30)), min_size=1))
def test_a_small_group_is_never_shown_not_even_as_nobody(sizes: dict[str, tuple[int, int]]) -> None:
    invited = {value: n for value, (n, _) in sizes.items()}
    replied = {value: min(n, k) for value, (n, k) in sizes.items()}
    for rate in rates(invited, replied):
        assert rate.replied is None or (rate.invited >= 5 and (rate.replied == 0 or rate.replied >= 5))


def test_comments_come_in_the_same_order_however_they_arrived() -> None:
    said = [{"why": f"because {number}"} for number in range(12)]
    assert comments("why", said, floor=10) == comments("why", said[::-1], floor=10)
    assert comments("why", said[:9], floor=10) is None
    assert comments("why", said[:4], floor=1) is None, "the floor of five stands whatever a file says"
