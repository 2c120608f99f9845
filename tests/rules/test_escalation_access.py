"""Who may do what with an escalation."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.escalation_access import (
    Side,
    Standing,
    may_acknowledge,
    may_answer,
    may_close,
    may_decide,
    may_read,
    may_see,
    may_withdraw,
)
from bot.rules.escalation_contacts import Place

RAISER = Standing(raiser=True, holder=True)
MANAGER = Standing(side=Side.OTHER, place=Place.PERSON, now=True)
OWN_MANAGER = Standing(side=Side.OWN, place=Place.PERSON, now=True)
BEHIND = Standing(side=Side.OTHER, place=Place.OPERATIONS_TEAM, now=True)
COLLEAGUE = Standing(colleague=True)
LEAD = Standing(lead=True)
EVERYTHING = (may_see, may_read, may_acknowledge, may_answer, may_decide, may_withdraw, may_close)

standings = st.builds(
    Standing,
    raiser=st.booleans(),
    holder=st.booleans(),
    lead=st.booleans(),
    side=st.none() | st.sampled_from(Side),
    place=st.none() | st.sampled_from(Place),
    now=st.booleans(),
    colleague=st.booleans(),
    present=st.booleans(),
)


def test_the_raiser_reads_decides_and_withdraws_but_never_acknowledges() -> None:
    assert [may(RAISER) for may in EVERYTHING] == [True, True, False, False, True, True, False]


def test_the_manager_on_the_other_side_reads_and_answers_and_only_proposes() -> None:
    assert [may(MANAGER) for may in EVERYTHING] == [True, True, True, True, False, False, False]


def test_the_raisers_own_manager_reads_and_decides() -> None:
    assert [may(OWN_MANAGER) for may in EVERYTHING] == [True, True, False, False, True, False, False]


def test_who_stands_behind_the_ladder_takes_it_on_without_reading() -> None:
    assert [may(BEHIND) for may in EVERYTHING] == [True, False, True, False, False, False, False]


def test_a_colleague_who_opens_the_mailbox_takes_it_on_and_reads_once_it_is_theirs() -> None:
    assert (may_acknowledge(COLLEAGUE), may_read(COLLEAGUE)) == (True, False)
    assert may_read(replace(COLLEAGUE, side=Side.OTHER, place=Place.PERSON, now=True))


def test_the_lead_does_everything_but_withdraw() -> None:
    assert [may(LEAD) for may in EVERYTHING] == [True, True, True, True, True, False, True]
    assert not may_acknowledge(replace(LEAD, raiser=True, holder=True)), "nobody acknowledges their own"


def test_a_manager_of_an_earlier_stage_still_reads_and_no_longer_answers() -> None:
    earlier = replace(MANAGER, now=False)
    assert (may_read(earlier), may_answer(earlier)) == (True, False)


@given(standing=standings)
def test_who_is_not_concerned_or_has_left_may_nothing(standing: Standing) -> None:
    assert not any(may(replace(standing, present=False)) for may in EVERYTHING)
    assert not any(may(Standing()) for may in EVERYTHING)


@given(standing=standings)
def test_whoever_may_read_may_see_and_whoever_answers_has_read(standing: Standing) -> None:
    assert may_read(standing) <= may_see(standing)
    assert may_answer(standing) <= may_read(standing)


@given(standing=standings)
def test_nobody_is_on_both_sides(standing: Standing) -> None:
    one_of_them = replace(standing, lead=False)
    assert not (may_acknowledge(one_of_them) and may_decide(one_of_them))
