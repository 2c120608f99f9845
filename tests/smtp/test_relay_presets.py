"""What Herald knows of relays: chosen by the host, overruled by what was set; how long sending takes within it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.doctor.outside import limits
from bot.rules.relay import parse_rate
from bot.rules.relay_presets import ANY, PRESETS, preset_for
from bot.rules.sending_pace import Pace, expected_end, in_words, last_leaves, limits_in_words, usable
from bot.settings import MailSettings, Settings
from digests.mail_rate import RateBucket

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def settings_with(**mail: str) -> MailSettings:
    """The settings that these variables spell out."""
    env = {"HERALD_SECRET_KEY": "0123456789abcdef" * 4, **mail}
    found = Settings.from_env(env).mail
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("smtp://herald:secret@smtp.office365.com:587?tls=starttls", "Exchange Online"),
        ("smtp://SMTP.Office365.com.", "Exchange Online"),
        ("smtp://northmere.mail.protection.outlook.com:25", "Exchange Online"),
        ("smtp://smtp-relay.gmail.com", "Google Workspace, the relay service"),
        ("smtp://smtp.gmail.com:465", "Google Workspace, a mailbox"),
        ("smtp://office365.com.example.org", ANY.name),
        ("smtp://127.0.0.1:25", ANY.name),
        ("smtp://[half", ANY.name),
        ("", ANY.name),
    ],
)
def test_a_relay_is_known_by_its_host(url: str, name: str) -> None:
    assert preset_for(url).name == name


def test_what_is_known_stands_in_for_what_nobody_set_and_gives_way_to_what_somebody_did() -> None:
    exchange = "smtp://smtp.office365.com"
    known = settings_with(HERALD_SMTP_URL=exchange)
    assert (known.connections, known.rate) == (3, "30/min,10000/day")
    own = settings_with(HERALD_SMTP_URL=exchange, HERALD_SMTP_RATE="60/min", HERALD_SMTP_CONNECTIONS="8")
    assert (own.connections, own.rate) == (8, "60/min")
    other = settings_with(HERALD_SMTP_URL="smtp://relay.example.org")
    assert (other.connections, other.rate) == (5, "")


def test_every_row_of_the_table_can_be_read_and_says_something() -> None:
    for preset in PRESETS:
        assert preset.windows == parse_rate(preset.rate)
        assert preset.note
        assert all(pattern == pattern.lower() for pattern in preset.hosts)


@given(st.sampled_from(["3/s", "30/min", "30/min,40/hour", "2/s,50/min"]), st.integers(1, 120), st.integers(0, 40))
def test_the_estimate_is_what_the_rate_keeper_does(rate: str, messages: int, before: int) -> None:
    windows = parse_rate(rate)
    sent = [NOW - timedelta(seconds=before - number) for number in range(before)]
    bucket = RateBucket.restored(windows, sent)
    now = NOW
    for _ in range(messages):
        while wait := bucket.take(now):
            now += wait
    assert last_leaves(messages, usable(windows), now=NOW, sent=sent) == now


def test_the_end_is_the_later_of_what_is_allowed_and_what_is_seen() -> None:
    limits = usable(parse_rate("30/min"))
    nothing_seen, slow = Pace(0, timedelta(0)), Pace(10, 2 * MINUTE)
    assert expected_end(54, limits, now=NOW, sent=(), pace=nothing_seen) == NOW + MINUTE
    assert expected_end(50, limits, now=NOW, sent=(), pace=slow) == NOW + 10 * MINUTE
    assert expected_end(50, (), now=NOW, sent=(), pace=nothing_seen) is None
    assert expected_end(0, (), now=NOW, sent=(), pace=nothing_seen) == NOW
    assert Pace(5, timedelta(seconds=1)).a_minute == 0


def test_several_workers_share_a_relay() -> None:
    [window] = usable(parse_rate("30/min"), workers=4)
    assert window.messages == 4 * 6


def test_spans_and_limits_are_said_as_people_do() -> None:
    assert in_words(timedelta(seconds=20)) == "less than a minute"
    assert in_words(34 * MINUTE) == "about 34 minutes"
    assert in_words(timedelta(hours=5)) == "about 5 hours"
    assert in_words(timedelta(days=2)) == "about 2 days"
    assert limits_in_words(parse_rate("30/min,10000/day")) == "30 a minute, 10,000 a day"


def test_doctor_warns_of_more_than_a_known_relay_takes() -> None:
    exchange = "smtp://smtp.office365.com"
    kept = limits(settings_with(HERALD_SMTP_URL=exchange))
    assert (kept.good, kept.found) == (True, "Exchange Online: 30 a minute, 10,000 a day, 3 connections")
    for more in (
        {"HERALD_SMTP_RATE": "60/min,10000/day"},
        {"HERALD_SMTP_RATE": "30/min"},
        {"HERALD_SMTP_CONNECTIONS": "4"},
    ):
        check = limits(settings_with(HERALD_SMTP_URL=exchange, **more))
        assert (check.good, check.blocking) == (False, False)
        assert "Microsoft takes 3 connections" in check.remedy
    assert limits(settings_with(HERALD_SMTP_URL="smtp://relay.example.org")).good
