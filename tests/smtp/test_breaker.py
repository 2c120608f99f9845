"""When a relay fails us we stop, try with one message, and go on."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digests.mail_breaker import LONGEST_REST, Breaker
from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Temporary, Uncertain

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
YES = Accepted(250, "taken")
DOWN = RelayDown("no route")
LATER = Temporary(451, "4.7.1 greylisted", retry="recipient")
SLOWER = Temporary(432, "4.3.2 limit exceeded", retry="relay")
NEVER = RelayRefuses(550, "5.7.515 not authenticated")
GONE = Refused(550, "5.1.1 who?", suppress=True)


def after(*outcomes: Outcome, start: Breaker | None = None) -> Breaker:
    breaker = start or Breaker()
    for outcome in outcomes:
        breaker = breaker.after(outcome, NOW)
    return breaker


def test_four_lost_connections_are_weather_and_five_in_a_row_are_not() -> None:
    assert after(*[DOWN] * 4).state == "closed"
    assert after(*[DOWN] * 4, YES, *[DOWN] * 4).state == "closed"
    opened = after(*[DOWN] * 5)
    assert (opened.state, opened.reason, opened.last_reply) == ("open", "the relay cannot be reached", "no route")
    assert opened.wait(NOW) == timedelta(seconds=30)
    assert opened.admitted(NOW) is None


def test_lost_final_replies_count_as_lost_connections() -> None:
    assert after(*[Uncertain("gone")] * 5).state == "open"


def test_one_refusal_of_us_is_enough() -> None:
    opened = after(YES, NEVER)
    assert (opened.state, opened.last_reply) == ("open", "550 5.7.515 not authenticated")


def test_more_than_a_fifth_put_off_over_fifty_messages_is_too_many() -> None:
    assert after(*[YES] * 39, *[LATER] * 10, YES).state == "closed"
    assert after(*[YES] * 39, *[LATER] * 11).state == "open"
    assert after(*[LATER] * 11).state == "closed"  # fifty have not been seen yet
    assert after(*[LATER] * 10, *[YES] * 50, *[LATER] * 10).state == "closed"  # only the last fifty count


def test_people_who_are_gone_say_nothing_against_the_relay() -> None:
    assert after(*[GONE] * 200).state == "closed"


def test_after_the_rest_one_message_goes_to_see_and_no_second() -> None:
    opened = after(NEVER)
    later = NOW + timedelta(seconds=30)
    trying = opened.admitted(later)
    assert trying is not None
    assert trying.state == "half-open"
    assert trying.admitted(later) is None
    assert trying.after(YES, later) == Breaker(last_reply="250 taken")
    assert trying.after(GONE, later).state == "closed"
    assert trying.after(LATER, later).state == "closed"  # one mailbox is busy: the relay works
    assert trying.after(SLOWER, later).state == "open"


def test_each_failed_try_doubles_the_rest_up_to_a_quarter_of_an_hour() -> None:
    breaker, now, rests = after(NEVER), NOW, []
    for _ in range(7):
        rests.append(breaker.wait(now).total_seconds())
        now += breaker.wait(now)
        trying = breaker.admitted(now)
        assert trying is not None
        breaker = trying.after(DOWN, now)
    assert rests == [30, 60, 120, 240, 480, 900, 900]
    assert breaker.opened_at == NOW


def test_messages_that_were_under_way_neither_lengthen_nor_end_the_rest() -> None:
    opened = after(*[DOWN] * 5)
    assert after(DOWN, NEVER, YES, LATER, start=opened).retry_at == opened.retry_at
    assert after(YES, start=opened).state == "open"


def test_a_try_whose_worker_died_does_not_stop_the_relay_for_ever() -> None:
    trying = after(NEVER).admitted(NOW + timedelta(minutes=1))
    assert trying is not None
    assert trying.admitted(NOW + timedelta(minutes=14)) is not None


@given(
    st.lists(st.tuples(st.sampled_from([YES, DOWN, LATER, SLOWER, NEVER, GONE]), st.integers(0, 2000)), max_size=120)
)
def test_it_always_opens_again_and_never_lets_two_try(steps: list[tuple[Outcome, int]]) -> None:
    breaker, now = Breaker(), NOW
    for outcome, seconds in steps:
        now += timedelta(seconds=seconds)
        admitted = breaker.admitted(now)
        if admitted is not None:
            assert admitted.state in ("closed", "half-open")
            if admitted.state == "half-open":
                assert admitted.admitted(now) is None
            breaker = admitted.after(outcome, now)
        else:
            assert timedelta(0) < breaker.wait(now) <= LONGEST_REST
    assert breaker.admitted(now + LONGEST_REST) is not None
