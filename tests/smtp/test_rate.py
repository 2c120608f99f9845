"""A relay's limits hold for any stretch of time, and alerts find room."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.relay import parse_rate
from bot.rules.sending_pace import last_leaves, usable
from digests.mail_rate import Lane, RateBucket

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def sent_at_once(bucket: RateBucket, now: datetime, lane: Lane = "ordinary") -> int:
    count = 0
    while not bucket.take(now, lane) and count < 100_000:
        count += 1
    return count


def test_without_a_rate_nobody_waits() -> None:
    assert sent_at_once(RateBucket(()), NOW) == 100_000


def test_a_bulletin_leaves_a_tenth_of_every_minute_to_alerts() -> None:
    bucket = RateBucket(parse_rate("30/min"))
    assert sent_at_once(bucket, NOW) == 27
    assert bucket.wait(NOW) == timedelta(minutes=1)
    assert sent_at_once(bucket, NOW, "alert") == 3
    assert bucket.wait(NOW, "alert") == timedelta(minutes=1)
    assert bucket.wait(NOW + 20 * SECOND) == 40 * SECOND


def test_beside_an_edition_no_alert_waits_long_for_its_turn() -> None:
    bucket = RateBucket(parse_rate("30/min"))
    tick = SECOND / 10
    left = [NOW + number * tick for number in range(1800) if not bucket.take(NOW + number * tick, "edition")]
    assert len(left) == 81  # 27 a minute, and never two in a rush
    assert min(after - before for before, after in pairwise(left)) >= 2 * SECOND
    raised = now = left[-1] + tick
    waits = []
    while len(waits) < 7:
        bucket.take(now, "edition")
        if bucket.take(now, "alert"):
            now += tick
        else:
            waits.append(now - raised)
    assert waits[:3] == [timedelta()] * 3
    assert waits[-1] <= 10 * SECOND


def test_an_edition_that_was_held_up_does_not_rush_afterwards() -> None:
    bucket = RateBucket(parse_rate("30/min"))
    assert not bucket.take(NOW, "edition")
    assert sent_at_once(bucket, NOW + timedelta(hours=1), "edition") == 2


def test_limits_of_a_day_do_not_spread_an_edition_over_the_day() -> None:
    assert sent_at_once(RateBucket(parse_rate("1000/day")), NOW, "edition") == 900


def test_a_clock_set_back_holds_up_no_edition_and_starts_no_rush() -> None:
    bucket = RateBucket(parse_rate("30/min"))
    assert not bucket.take(NOW, "edition")
    before = NOW - timedelta(hours=1)
    tick = SECOND / 10
    left = [before + number * tick for number in range(300) if not bucket.take(before + number * tick, "edition")]
    assert len(left) == 14
    assert min(after - earlier for earlier, after in pairwise(left)) >= 2 * SECOND


def test_the_slowest_window_decides() -> None:
    bucket = RateBucket(parse_rate("10/s,20/min"))
    assert sent_at_once(bucket, NOW) == 9
    assert sent_at_once(bucket, NOW + SECOND) == 9
    assert bucket.wait(NOW + 2 * SECOND) == 58 * SECOND


def test_one_a_minute_still_lets_bulletins_leave() -> None:
    assert sent_at_once(RateBucket(parse_rate("1/min")), NOW) == 1


def test_what_left_before_a_restart_still_counts() -> None:
    sent = [NOW - timedelta(hours=1) + number * SECOND for number in range(90)]
    bucket = RateBucket.restored(parse_rate("100/day"), reversed(sent))
    assert bucket.wait(NOW) == timedelta(hours=23)
    assert sent_at_once(bucket, NOW, "alert") == 10


def test_a_relay_that_asks_for_patience_gets_half_the_rate_and_a_tenth_more_each_minute() -> None:
    bucket = RateBucket(parse_rate("100/s"))
    bucket.slow_down(NOW)
    assert sent_at_once(bucket, NOW + SECOND) == 45
    assert sent_at_once(bucket, NOW + timedelta(minutes=2)) == 63
    assert sent_at_once(bucket, NOW + timedelta(minutes=5)) == 90
    for _ in range(50):
        bucket.slow_down(NOW + timedelta(minutes=6))
    assert sent_at_once(bucket, NOW + timedelta(minutes=6)) == 1


def test_how_long_a_bulletin_takes_can_be_said_beforehand() -> None:
    limits = usable(parse_rate("30/min,10000/day"))
    assert last_leaves(27, limits, now=NOW) == NOW
    assert last_leaves(1000, limits, now=NOW) == NOW + timedelta(minutes=37)
    assert last_leaves(1000, (), now=NOW) == NOW


def test_a_clock_set_back_does_not_forget_what_was_sent() -> None:
    bucket = RateBucket(parse_rate("2/min"))
    bucket.take(NOW, "alert")
    bucket.take(NOW - 10 * SECOND, "alert")
    assert bucket.wait(NOW, "alert") == 50 * SECOND


@given(
    rate=st.sampled_from(["5/s", "3/s,20/min", "7/min,30/h", "1/s,2/min"]),
    steps=st.lists(
        st.tuples(st.integers(0, 90), st.integers(1, 12), st.sampled_from(["alert", "ordinary", "edition"])),
        max_size=60,
    ),
)
def test_no_stretch_of_time_ever_holds_more_than_the_limit(rate: str, steps: list[tuple[int, int, Lane]]) -> None:
    windows = parse_rate(rate)
    bucket, now, left = RateBucket(windows), NOW, list[datetime]()
    for seconds, wanted, lane in steps:
        now += seconds * SECOND / 3
        for _ in range(wanted):
            wait = bucket.take(now, lane)
            if wait:
                assert not bucket.wait(now + wait, lane)
                break
            left.append(now)
    for window in windows:
        for start in left:
            assert sum(start <= each < start + window.period for each in left) <= window.messages
