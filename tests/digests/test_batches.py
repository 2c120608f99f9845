"""How many deliveries are claimed at once: more while they leave quickly, few while they do not."""

from hypothesis import given
from hypothesis import strategies as st

from digests.batches import FEW, MOST, SOON_S, Batches
from storage.tables.deliveries import Lane

EDITION = Lane.BULLETIN


def size(batches: Batches, lane: Lane = EDITION) -> int:
    return batches.size(lane, at_once=None)


def test_while_an_edition_leaves_quickly_each_claim_is_twice_the_last_up_to_a_limit() -> None:
    batches, sizes = Batches(), []
    for number in range(5):
        sizes.append(size(batches))
        batches.claimed(EDITION, found=sizes[-1], at=number * SOON_S / 2)
    assert sizes == [400, 400, 800, 1600, 1600]


def test_when_the_relay_slows_down_less_is_claimed_again() -> None:
    batches = Batches()
    for number in range(5):
        batches.claimed(EDITION, found=size(batches), at=number * SOON_S / 2)
    sizes = []
    for number in range(3):
        batches.claimed(EDITION, found=size(batches), at=10 + number * 2 * SOON_S)
        sizes.append(size(batches))
    assert sizes == [800, 400, 400]


def test_a_claim_that_finds_less_than_it_wanted_says_nothing_about_speed() -> None:
    batches = Batches()
    for number in range(5):
        batches.claimed(EDITION, found=1, at=number * 0.01)
    assert size(batches) == FEW[EDITION]


def test_one_lane_says_nothing_about_another() -> None:
    batches = Batches()
    for number in range(5):
        batches.claimed(EDITION, found=size(batches), at=number * 0.01)
    assert {lane: size(batches, lane) for lane in Lane} == {**FEW, EDITION: MOST[EDITION]}


@given(
    claims=st.lists(st.tuples(st.sampled_from(list(Lane)), st.floats(0, 5), st.booleans())),
    limit=st.none() | st.integers(1, 3000),
)
def test_never_more_than_the_limit_and_never_none(claims: list[tuple[Lane, float, bool]], limit: int | None) -> None:
    batches, now = Batches(), 0.0
    for lane, later, whole in claims:
        now += later
        wanted = batches.size(lane, at_once=limit)
        assert 1 <= wanted <= MOST[lane]
        assert limit is None or wanted <= limit
        assert limit is not None or wanted >= FEW[lane]
        batches.claimed(lane, found=wanted if whole else 0, at=now)
