"""What mail systems say is put into plain words, with what to do; every code has a meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.reply_words import in_words, meaning_of, too_big


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("550 5.7.515 Access denied, sending domain example.org", "Microsoft refuses our mail because"),
        ("550 5.1.1 user unknown", "Their server said that the mailbox does not exist"),
        ("550 no such user here", "Their server said that the mailbox does not exist"),
        ("552 5.3.4 message too big", "The message is too big for the mail system, and so would be everybody's"),
        ("552 5.2.2 mailbox full", "Their mailbox is full"),
        ("550 5.4.5 daily sending quota exceeded", "The relay takes no more from us for now"),
        ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "The relay takes no more from us"),
        ("554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException", "The relay takes no more"),
        ("535 5.7.8 authentication failed", "The relay does not accept our name and password"),
        ("530 5.7.0 must issue STARTTLS", "The relay wants us to sign in"),
        ("432 4.3.2 concurrent connections exceeded", "The relay takes no more connections from us just now"),
        ("450 4.7.1 greylisted", "Their server wants us to wait and come again"),
        ("421 4.7.0 too many", "The relay closed the connection"),
        ("AUTH: 421 4.7.0 too many", "The relay closed the connection"),
        ("550 5.7.1 rejected by policy", "The mail system refuses our message by a rule of its own"),
        ("571 what", "The mail system refused the message for good"),
        ("250 2.0.0 taken", "The mail system accepted it"),
    ],
)
def test_a_reply_in_plain_words(reply: str, words: str) -> None:
    assert in_words(reply).startswith(words)


def test_what_is_no_reply_has_no_meaning() -> None:
    for text in ("", "connection lost", "this person left the series", "5501 things", "their 550"):
        assert meaning_of(text) is None
        assert in_words(text) == ""


@given(st.integers(200, 599).filter(lambda code: code // 100 != 3), st.integers(0, 9), st.integers(0, 40))
def test_every_reply_has_a_meaning(code: int, subject: int, detail: int) -> None:
    assert meaning_of(f"{code} {code // 100}.{subject}.{detail} words") is not None
    assert meaning_of(f"{code} words") is not None


def test_what_says_something_about_the_address_is_known() -> None:
    bad, full = meaning_of("550 5.1.1 unknown"), meaning_of("452 4.2.2 full")
    assert [each.address for each in (bad, full) if each is not None] == [True, False]


def test_only_a_message_that_is_too_big_stops_an_edition() -> None:
    assert too_big("552 5.3.4 too big")
    assert too_big("552 exceeded")
    assert not too_big("552 5.2.2 this mailbox is full")
    assert not too_big("550 5.1.1 unknown")
