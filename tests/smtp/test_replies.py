"""What SMTP replies mean, and how patient we are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.mail_replies import (
    Accepted,
    Refused,
    RelayDown,
    RelayRefuses,
    Stage,
    Temporary,
    Uncertain,
    classify,
    lost,
    next_try,
    readable,
    wait_before,
)

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("code", [550, 551, 553])
def test_an_address_that_does_not_exist_is_written_to_no_more(code: int) -> None:
    assert classify(Stage.RCPT, code, "who?") == Refused(code, "who?", suppress=True)
    assert classify(Stage.RCPT, code, "5.1.1 who?") == Refused(code, "5.1.1 who?", suppress=True)
    assert classify(Stage.BODY, code, "5.1.1 who?") == Refused(code, "5.1.1 who?", suppress=True)


def test_a_refusal_that_is_not_about_the_address_does_not_suppress_it() -> None:
    for stage, code, text in [
        (Stage.RCPT, 554, "transaction failed"),
        (Stage.RCPT, 550, "5.2.1 mailbox disabled"),
        (Stage.RCPT, 552, "5.2.2 mailbox full"),
        (Stage.BODY, 550, "we do not like the look of it"),
        (Stage.BODY, 554, "5.6.0 content"),
    ]:
        assert classify(stage, code, text) == Refused(code, text, suppress=False)


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY])
def test_policy_and_sign_in_are_about_us_and_not_about_the_person(stage: Stage) -> None:
    for code, text in [
        (550, "5.7.515 Access denied, sending domain does not meet the required authentication level"),
        (550, "5.7.1 relaying denied"),
        (530, "5.7.57 client not authenticated to send mail"),
        (535, "5.7.8 bad credentials"),
        (554, "5.7.1 blocked"),
        (550, "5.1.8 access denied, bad outbound sender"),
        (550, "5.4.5 daily sending quota exceeded"),
        (554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; sender's submission quota"),
        (554, "5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiException"),
    ]:
        assert classify(stage, code, text) == RelayRefuses(code, text)


def test_one_closed_group_does_not_stop_the_relay() -> None:
    text = "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup"
    assert classify(Stage.RCPT, 550, text) == Refused(550, text, suppress=False)


def test_a_message_that_is_too_big_is_too_big_for_everybody() -> None:
    for stage in (Stage.MAIL, Stage.DATA, Stage.BODY):
        assert classify(stage, 552, "5.3.4 too big") == Refused(
            552, "5.3.4 too big", suppress=False, message_at_fault=True
        )


def test_a_552_to_a_recipient_says_nothing_of_the_message() -> None:
    """RFC 5321 4.5.3.1.10: an old name for "too many recipients" or "mailbox full"; it must not stop an edition."""
    for text in ("exceeded storage allocation", "5.5.3 too many recipients"):
        assert classify(Stage.RCPT, 552, text) == Temporary(552, text, retry="recipient")
    assert classify(Stage.RCPT, 552, "5.2.2 mailbox full") == Refused(552, "5.2.2 mailbox full", suppress=False)


def test_patience_is_asked_for_by_a_mailbox_or_by_the_relay() -> None:
    for stage, code, text, who in [
        (Stage.RCPT, 450, "4.2.0 greylisted", "recipient"),
        (Stage.RCPT, 451, "4.7.1 come back later", "recipient"),
        (Stage.RCPT, 452, "4.2.2 mailbox full", "recipient"),
        (Stage.RCPT, 452, "4.5.3 too many recipients", "relay"),
        (Stage.BODY, 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "relay"),
        (Stage.MAIL, 451, "4.7.0 slow down", "relay"),
        (Stage.DATA, 454, "4.7.0 temporary", "relay"),
    ]:
        outcome = classify(stage, code, text)
        assert isinstance(outcome, Temporary)
        assert (outcome.code, outcome.text, outcome.retry) == (code, text, who)


@pytest.mark.parametrize("stage", list(Stage))
def test_421_is_a_relay_that_goes_away(stage: Stage) -> None:
    assert isinstance(classify(stage, 421, "4.3.2 shutting down"), RelayDown)


@pytest.mark.parametrize("stage", list(Stage))
def test_only_a_connection_lost_after_the_dot_is_uncertain(stage: Stage) -> None:
    assert type(lost(stage, "gone")) is (Uncertain if stage is Stage.BODY else RelayDown)


@given(stage=st.sampled_from(Stage), code=st.integers(-1, 1000), text=st.text(max_size=50))
def test_every_reply_has_a_meaning_and_only_a_yes_after_the_dot_means_sent(stage: Stage, code: int, text: str) -> None:
    outcome = classify(stage, code, text)
    assert isinstance(outcome, Accepted) == (stage is Stage.BODY and 200 <= code < 300)
    if isinstance(outcome, Refused) and outcome.suppress:
        assert code in (550, 551, 553)


@given(st.text(max_size=2000))
def test_what_the_other_machine_says_is_kept_short_and_on_one_line(text: str) -> None:
    kept = readable(text)
    assert len(kept) <= 300
    assert kept.isprintable()


def test_the_ladder_is_1_5_15_60_minutes_then_4_hours_then_a_third_more_each_time() -> None:
    minutes = [round(wait_before(retry) / timedelta(minutes=1)) for retry in range(1, 9)]
    assert minutes == [1, 5, 15, 60, 240, 312, 406, 527]
    with pytest.raises(ValueError, match="from 1"):
        wait_before(0)


def test_a_message_is_given_up_after_48_hours() -> None:
    now, tries = NOW, 0
    while (due := next_try(failures=tries + 1, first_tried=NOW, now=now)) is not None:
        assert due > now
        now, tries = due, tries + 1
    assert timedelta(hours=24) < now - NOW <= timedelta(hours=48)
    assert tries == 9


def test_a_message_is_given_up_when_it_would_come_too_late() -> None:
    late = NOW + timedelta(minutes=10)
    assert next_try(failures=2, first_tried=NOW, now=NOW, not_after=late) == NOW + timedelta(minutes=5)
    assert next_try(failures=3, first_tried=NOW, now=NOW, not_after=late) is None


@given(failures=st.integers(1, 10_000))
def test_no_number_of_failures_breaks_the_ladder(failures: int) -> None:
    assert wait_before(failures) <= wait_before(failures + 1)
