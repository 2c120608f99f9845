"""What may follow what in an escalation, and that none is ever left without a next step."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.escalation_contacts import Contact, ContactLadder, Place, ladder_of_contacts
from bot.rules.escalation_policy import OnTimeout, Urgency
from bot.rules.escalation_states import (
    OPEN,
    TRANSITIONS,
    Action,
    Event,
    NextStep,
    NotPossibleNow,
    Situation,
    State,
    acknowledge_problem,
    after,
    next_step,
    same_moment,
)
from tests.rules.strategies import ENGLAND, instants, london, utc

FRIDAY_TEN = utc("2026-11-20 10:00")

WAITING = Situation(
    state=State.AWAITING_ACK,
    urgency=Urgency.STANDARD,
    final_stage=False,
    acknowledge_by=utc("2026-11-20 14:00"),
    respond_by=utc("2026-11-23 17:00"),
    since=FRIDAY_TEN,
)


def following(situation: Situation) -> NextStep:
    step = next_step(situation, ENGLAND)
    assert step is not None
    return step


def said(situation: Situation) -> tuple[str, Action]:
    step = following(situation)
    return london(step.at), step.action


# Transitions


def test_the_usual_way_from_draft_to_closed() -> None:
    state = State.DRAFT
    for event in (
        Event.RAISE,
        Event.ACKNOWLEDGE,
        Event.RESPOND,
        Event.ADVANCE,
        Event.RESPOND,
        Event.RESOLVE,
        Event.CLOSE,
    ):
        state = after(state, event, final_stage=False)
    assert state is State.CLOSED


def test_a_pause_for_reflection_is_optional() -> None:
    assert after(State.ACKNOWLEDGED, Event.RETHINK, final_stage=False) is State.RETHINK
    assert after(State.RETHINK, Event.RESPOND, final_stage=False) is State.RESPONDED


def test_only_the_final_stage_decides_and_nothing_goes_beyond_it() -> None:
    assert after(State.RESPONDED, Event.DECIDE, final_stage=True) is State.FINAL_DECISION
    for event, final_stage in ((Event.DECIDE, False), (Event.ADVANCE, True)):
        with pytest.raises(NotPossibleNow):
            after(State.RESPONDED, event, final_stage=final_stage)


@given(state=st.sampled_from(State), event=st.sampled_from(Event), final_stage=st.booleans())
def test_every_step_is_known_or_refused(state: State, event: Event, final_stage: bool) -> None:
    try:
        found = after(state, event, final_stage=final_stage)
    except NotPossibleNow:
        return
    assert TRANSITIONS[state, event] is found


def test_every_open_state_can_be_resolved_and_every_state_but_draft_can_be_reached() -> None:
    assert all((state, Event.RESOLVE) in TRANSITIONS for state in OPEN)
    reached, fresh = {State.DRAFT}, {State.DRAFT}
    while fresh:
        fresh = {to for (start, _), to in TRANSITIONS.items() if start in fresh} - reached
        reached |= fresh
    assert reached == set(State)


def test_a_late_button_is_recognised() -> None:
    assert same_moment(stage="managers", revision=3, current_stage="managers", current_revision=3)
    assert not same_moment(stage="managers", revision=3, current_stage="managers", current_revision=4)
    assert not same_moment(stage="managers", revision=3, current_stage="executive", current_revision=3)


def test_only_somebody_who_was_asked_acknowledges_and_never_the_raiser() -> None:
    told = frozenset({"ben", "ada"})
    assert acknowledge_problem(person="ben", raised_by="ada", told=told) is None
    assert "You raised this" in (acknowledge_problem(person="ada", raised_by="ada", told=told) or "")
    assert "somebody else" in (acknowledge_problem(person="cy", raised_by="ada", told=told) or "")


# What happens of itself


def test_without_an_acknowledgement_the_next_person_is_told() -> None:
    assert said(replace(WAITING, contacts_left=True)) == ("2026-11-20 14:00", Action.NEXT_CONTACT)


def test_e1_acknowledging_does_not_stop_the_response_clock() -> None:
    acknowledged = replace(WAITING, state=State.ACKNOWLEDGED)
    assert said(acknowledged) == said(WAITING) == ("2026-11-23 17:00", Action.ASK_RAISER)


def test_e2_standard_asks_the_raiser_and_moves_on_after_a_working_day() -> None:
    asked = replace(WAITING, raiser_asked_at=utc("2026-11-23 17:00"))
    assert said(asked) == ("2026-11-24 17:00", Action.ADVANCE)


def test_e2_more_time_given_by_the_raiser_ends_in_asking_again() -> None:
    extended = replace(WAITING, raiser_asked_at=utc("2026-11-23 17:00"), respond_by=utc("2026-11-25 17:00"))
    assert said(extended) == ("2026-11-25 17:00", Action.ASK_RAISER)


def test_e2_urgent_moves_on_by_itself() -> None:
    urgent = replace(WAITING, urgency=Urgency.URGENT, respond_by=utc("2026-11-20 14:00"))
    assert said(urgent) == ("2026-11-20 14:00", Action.ADVANCE)


def test_e4_when_nobody_is_there_any_more_the_next_is_told_at_once() -> None:
    gone = utc("2026-11-20 11:00")
    assert said(replace(WAITING, contacts_left=True, nobody_since=gone)) == ("2026-11-20 11:00", Action.NEXT_CONTACT)
    acknowledged = replace(WAITING, state=State.ACKNOWLEDGED, nobody_since=gone)
    assert said(acknowledged) == ("2026-11-20 11:00", Action.LAPSE)
    assert after(State.ACKNOWLEDGED, Event.LAPSE, final_stage=False) is State.AWAITING_ACK
    assert said(replace(WAITING, nobody_since=gone))[1] is Action.ASK_RAISER, "with nobody left the clock runs on"


def test_a_reminder_comes_first_then_the_next_person_and_a_warning_before_the_end() -> None:
    times = replace(WAITING, contacts_left=True, remind_at=utc("2026-11-20 12:00"), warn_at=utc("2026-11-23 15:00"))
    assert said(times) == ("2026-11-20 12:00", Action.REMIND)
    assert said(replace(times, remind_at=None)) == ("2026-11-20 14:00", Action.NEXT_CONTACT)
    assert said(replace(times, remind_at=None, contacts_left=False)) == ("2026-11-23 15:00", Action.WARN)
    assert said(replace(times, state=State.ACKNOWLEDGED)) == ("2026-11-23 15:00", Action.WARN), "E1: no reminder"


def test_a_stage_may_move_on_without_asking() -> None:
    assert said(replace(WAITING, then=OnTimeout.ADVANCE)) == ("2026-11-23 17:00", Action.ADVANCE)


def test_at_the_final_stage_the_lead_is_told_every_working_day() -> None:
    final = replace(WAITING, final_stage=True)
    assert said(final) == ("2026-11-23 17:00", Action.TELL_LEAD)
    assert said(replace(final, lead_told_at=utc("2026-11-23 17:00"))) == ("2026-11-24 09:00", Action.TELL_LEAD)
    assert said(replace(final, lead_told_at=utc("2026-11-27 09:00"))) == ("2026-11-30 09:00", Action.TELL_LEAD)


def test_an_answer_is_put_to_the_raiser_and_silence_to_the_lead_after_two_working_days() -> None:
    answered = replace(WAITING, state=State.RESPONDED, since=utc("2026-11-23 11:00"))
    assert said(answered) == ("2026-11-23 11:00", Action.ASK_RAISER)
    asked = replace(answered, raiser_asked_at=utc("2026-11-23 11:00"))
    assert said(asked) == ("2026-11-25 17:00", Action.TELL_LEAD)
    assert said(replace(asked, lead_told_at=utc("2026-11-25 17:05"))) == ("2026-11-26 09:00", Action.TELL_LEAD)


def test_a_question_put_before_the_answer_came_does_not_count_as_asked() -> None:
    answered = replace(
        WAITING, state=State.RESPONDED, since=utc("2026-11-24 11:00"), raiser_asked_at=utc("2026-11-23 17:00")
    )
    assert said(answered) == ("2026-11-24 11:00", Action.ASK_RAISER)


situations = st.builds(
    Situation,
    state=st.sampled_from(State),
    urgency=st.sampled_from(Urgency),
    final_stage=st.booleans(),
    acknowledge_by=instants,
    respond_by=instants,
    since=instants,
    then=st.sampled_from(OnTimeout),
    contacts_left=st.booleans(),
    remind_at=st.none() | instants,
    warn_at=st.none() | instants,
    nobody_since=st.none() | instants,
    raiser_asked_at=st.none() | instants,
    lead_told_at=st.none() | instants,
)


@given(situation=situations)
def test_every_open_escalation_has_a_next_step(situation: Situation) -> None:
    step = next_step(situation, ENGLAND)
    assert (step is not None) == (situation.state in OPEN)


@given(situation=situations, contacts=st.integers(0, 3))
def test_when_nobody_does_anything_it_moves_up_or_the_lead_hears_within_days(
    situation: Situation, contacts: int
) -> None:
    """Plays the sweep: carries out each next step as it falls due, and nothing else happens."""
    situation = replace(
        situation,
        state=situation.state if situation.state in OPEN else State.AWAITING_ACK,
        raiser_asked_at=None,
        lead_told_at=None,
        contacts_left=contacts > 0,
        nobody_since=None,
    )
    now = max(situation.since, situation.respond_by, situation.acknowledge_by)
    for _ in range(contacts + 5):
        step = following(situation)
        now = max(now, step.at)
        match step.action:
            case Action.ADVANCE:
                return
            case Action.TELL_LEAD:
                again = following(replace(situation, lead_told_at=now))
                assert again.action is Action.TELL_LEAD
                assert now < again.at <= now + timedelta(days=6)  # Christmas: four days without work in a row
                return
            case Action.ASK_RAISER:
                situation = replace(situation, raiser_asked_at=now)
            case Action.REMIND:
                situation = replace(situation, remind_at=None)
            case Action.WARN:
                situation = replace(situation, warn_at=None)
            case Action.NEXT_CONTACT:
                contacts -= 1
                situation = replace(situation, contacts_left=contacts > 0, acknowledge_by=situation.respond_by)
    pytest.fail("Nobody was told and nothing moved.")


# Who is told


def a_contact(key: str, place: Place, *ways: str, away: bool = False, left: bool = False) -> Contact:
    return Contact(key=key, place=place, ways=ways, away=away, left=left)


TEAM = a_contact("operations@example.org", Place.OPERATIONS_TEAM, "email")
MAILBOX = a_contact("safeguarding@police.example.org", Place.ROLE_MAILBOX, "email")


def names(ladder: ContactLadder) -> list[str]:
    return [contact.key for contact in ladder.reachable]


def test_the_manager_away_and_the_deputy_gone_leaves_the_role_mailbox_at_once() -> None:
    ladder = ladder_of_contacts(
        [
            TEAM,
            MAILBOX,
            a_contact("ben", Place.DEPUTY, "email", left=True),
            a_contact("ada", Place.PERSON, "slack", "email", away=True),
        ],
        raised_by="cy",
    )
    assert names(ladder) == ["safeguarding@police.example.org", "operations@example.org"]
    assert [(skip.contact.key, skip.reason) for skip in ladder.skipped] == [("ada", "is away"), ("ben", "has left")]
    assert not ladder.nobody_reached


def test_a_manager_without_an_address_is_no_one_to_wait_for() -> None:
    ladder = ladder_of_contacts([a_contact("ada", Place.PERSON), TEAM], raised_by="cy")
    assert names(ladder) == ["operations@example.org"]
    assert ladder.skipped[0].reason == "has no address that Herald knows"
    assert ladder.nobody_reached


def test_nobody_is_asked_about_their_own_escalation_or_twice() -> None:
    ladder = ladder_of_contacts(
        [
            a_contact("cy", Place.PERSON, "slack"),
            a_contact("ada", Place.PERSON, "slack"),
            a_contact("ada", Place.DEPUTY, "slack"),
            TEAM,
        ],
        raised_by="cy",
    )
    assert names(ladder) == ["ada", "operations@example.org"]
    assert [skip.reason for skip in ladder.skipped] == ["raised it", "is on the list already"]


contacts = st.builds(
    Contact,
    key=st.sampled_from("abcdef"),
    place=st.sampled_from(Place),
    ways=st.sampled_from([(), ("slack",), ("email",), ("slack", "email")]),
    away=st.booleans(),
    left=st.booleans(),
)


@given(candidates=st.lists(contacts, max_size=8))
def test_every_candidate_is_told_or_left_out_with_a_reason(candidates: list[Contact]) -> None:
    ladder = ladder_of_contacts(candidates, raised_by="a")
    assert len(ladder.reachable) + len(ladder.skipped) == len(candidates)
    places = [list(Place).index(contact.place) for contact in ladder.reachable]
    assert places == sorted(places)
    assert all(c.ways and not c.away and not c.left and c.key != "a" for c in ladder.reachable)
    assert len(set(names(ladder))) == len(names(ladder))
    anybody = any(c.ways and not c.away and not c.left and c.key != "a" for c in candidates)
    assert bool(ladder.reachable) == anybody


def test_the_first_moment_of_a_step_is_a_moment_in_utc() -> None:
    step = following(WAITING)
    assert isinstance(step.at, datetime)
    assert step.at.utcoffset() == timedelta(0)
