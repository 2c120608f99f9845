"""The relay's address and rate as people write them."""

from datetime import timedelta

import pytest

from bot.rules.relay import MailRelay, RateWindow, RelaySettingError, parse_rate, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://127.0.0.1:2525", MailRelay("127.0.0.1", 2525, "none")),
        ("smtp://localhost", MailRelay("localhost", 25, "none")),
        ("smtp://[::1]:2525?tls=none", MailRelay("::1", 2525, "none")),
        ("smtp://mail.example.org", MailRelay("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:25?tls=none", MailRelay("mail.example.org", 25, "none")),
        ("smtp://mail.example.org:465", MailRelay("mail.example.org", 465, "tls")),
        ("smtp://mail.example.org?tls=tls", MailRelay("mail.example.org", 465, "tls")),
        (
            "smtp://herald%40example.org:p%40ss%3Aword@mail.example.org:587?tls=starttls&ca=/etc/ca.pem",
            MailRelay("mail.example.org", 587, "starttls", "herald@example.org", "p@ss:word", "/etc/ca.pem"),
        ),
    ],
)
def test_a_relay_is_read_as_written(url: str, relay: MailRelay) -> None:
    assert parse_smtp_url(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "smtps://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:notaport",
        "smtp://mail.example.org:99999",
        "smtp://mail.example.org/box",
        "smtp://mail.example.org?tls=maybe",
        "smtp://mail.example.org?tsl=none",
        "smtp://:s3cret@mail.example.org",
        "smtp://mail example.org",
    ],
)
def test_a_relay_that_cannot_be_read_is_refused_with_the_form_and_without_the_password(url: str) -> None:
    with pytest.raises(RelaySettingError, match=r"smtp://user:pass@host:port\?tls=") as refused:
        parse_smtp_url(url)
    assert "s3cret" not in str(refused.value)


def test_a_relays_password_shows_nowhere() -> None:
    relay = parse_smtp_url("smtp://herald:s3cret@mail.example.org:25?tls=none")
    assert "s3cret" not in repr(relay) + str(relay)
    assert relay.exposes_password
    assert not parse_smtp_url("smtp://herald:s3cret@mail.example.org").exposes_password
    assert not parse_smtp_url("smtp://herald:s3cret@127.0.0.1").exposes_password


def test_rates_are_read_as_written() -> None:
    assert parse_rate("") == ()
    assert parse_rate("10000/day, 30/min") == (
        RateWindow(30, timedelta(minutes=1)),
        RateWindow(10_000, timedelta(days=1)),
    )
    assert parse_rate("5/s") == (RateWindow(5, timedelta(seconds=1)),)


@pytest.mark.parametrize("rate", ["30", "30/", "/min", "0/min", "-1/min", "30/fortnight", "x/min", "1.5/s"])
def test_a_rate_that_cannot_be_read_is_refused_with_an_example(rate: str) -> None:
    with pytest.raises(RelaySettingError, match="30/min"):
        parse_rate(rate)
