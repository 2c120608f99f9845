"""What mail systems write when a message comes back, and what they write when it does not: every one is invented."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules.bounce_score import Weight, weight_of
from handlers.mail.bounces import Bounce, bounce_in, returned_message_ids
from handlers.mail.reading import Unreadable, read
from handlers.mail_outcomes import Reason

FOLDER = Path(__file__).parent / "bounces"
ADA = "ada@example.org"
OURS = "<0123456789abcdef0123456789abcdef@northmere.example.org>"
COME_BACK = {
    "exchange-online-unknown": (Reason.PERMANENT, "5.1.10", Weight.GONE),
    "exchange-online-policy": (Reason.PERMANENT, "5.7.1", Weight.OURS),
    "postfix-unknown": (Reason.PERMANENT, "5.1.1", Weight.GONE),
    "postfix-no-such-domain": (Reason.PERMANENT, "5.1.2", Weight.GONE),
    "postfix-gave-up": (Reason.TEMPORARY, "4.4.1", Weight.SOFT),
    "forwarded-address-gone": (Reason.PERMANENT, "5.1.1", Weight.HARD),
    "exim-unknown": (Reason.PERMANENT, "5.1.1", Weight.GONE),
    "exim-full": (Reason.PERMANENT, "5.2.2", Weight.SOFT),
    "qmail-unknown": (Reason.PERMANENT, "5.1.1", Weight.GONE),
    "gmail-unknown": (Reason.PERMANENT, "5.1.1", Weight.GONE),
    "gmail-full": (Reason.PERMANENT, "5.2.2", Weight.SOFT),
    "full-for-now": (Reason.TEMPORARY, "4.2.2", Weight.SOFT),
    "too-large": (Reason.PERMANENT, "5.3.4", Weight.OURS),
    "opensmtpd-error": (Reason.PERMANENT, "5.1.1", Weight.GONE),
    "international": (Reason.PERMANENT, "5.1.1", Weight.GONE),
    "own-words-without-a-code": (Reason.PERMANENT, "", Weight.HARD),
    "says-nothing": (Reason.UNKNOWN, "", Weight.SOFT),
    "truncated": (Reason.PERMANENT, "5.1.1", Weight.HARD),
    "two-recipients": (Reason.PERMANENT, "5.1.1", Weight.HARD),
}
"""File, what it is, its code, and what it weighs for Ada's address."""
NOT_COME_BACK = {
    "postfix-delayed": Reason.STILL_TRYING,
    "exim-warning": Reason.STILL_TRYING,
    "postfix-success": Reason.NOT_A_BOUNCE,
    "read-receipt": Reason.NOT_A_BOUNCE,
    "complaint": Reason.NOT_A_BOUNCE,
    "out-of-office": Reason.AUTOMATIC,
    "out-of-office-without-a-header": Reason.AUTOMATIC,
}


def raw_of(name: str) -> bytes:
    """The bytes as they come over the wire."""
    return (FOLDER / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


def read_bounce(raw: bytes) -> Bounce:
    return bounce_in(read(raw), raw)


def test_every_file_of_the_folder_is_judged() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == COME_BACK.keys() | NOT_COME_BACK.keys()


@pytest.mark.parametrize("name", sorted(COME_BACK))
def test_what_came_back_is_read_with_its_code_and_its_weight(name: str) -> None:
    bounce = read_bounce(raw_of(name))
    kind, status, weight = COME_BACK[name]
    assert (bounce.kind, bounce.status, bounce.came_back) == (kind, status, True)
    permanent = {Reason.PERMANENT: True, Reason.TEMPORARY: False}.get(bounce.kind)
    assert weight_of(bounce.status, permanent=permanent, names_us=ADA in bounce.recipients) is weight


@pytest.mark.parametrize("name", sorted(NOT_COME_BACK))
def test_what_did_not_come_back_is_no_bounce(name: str) -> None:
    bounce = read_bounce(raw_of(name))
    assert (bounce.kind, bounce.came_back) == (NOT_COME_BACK[name], False)


@pytest.mark.parametrize(
    "name", ["exchange-online-unknown", "postfix-unknown", "exim-unknown", "qmail-unknown", "gmail-unknown"]
)
def test_the_message_that_came_back_is_known_by_its_name(name: str) -> None:
    assert OURS in returned_message_ids(read(raw_of(name)))


@pytest.mark.parametrize("name", sorted(COME_BACK | NOT_COME_BACK))
def test_a_mail_cut_off_anywhere_raises_nothing(name: str) -> None:
    raw = raw_of(name)
    for end in range(0, len(raw), 97):
        looked_at(raw[:end])


def looked_at(raw: bytes) -> Bounce | None:
    try:
        mail = read(raw)
    except Unreadable:
        return None
    returned_message_ids(mail)
    bounce = bounce_in(mail, raw)
    assert all(name == name.casefold() and "@" in name for name in bounce.recipients)
    return bounce


PIECES = [
    b"From: MAILER-DAEMON@x.example.org\r\n",
    b"Subject: Undelivered Mail\r\n",
    b"X-Failed-Recipients: \xff@\xfe, ada@example.org\r\n",
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n',
    b"Content-Type: multipart/mixed\r\n",
    b"Content-Type: text/plain; charset=unknown-8bit\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Description: Notification\r\n",
    b"\r\n",
    b"\r\n--b\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Final-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n",
    b"Action: failed\r\nStatus: \xc3\x28\r\n\r\n",
    b"Diagnostic-Code: " + b"5." * 500 + b"\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Hi. This is the qmail-send program\r\n\r\n<ada@example.org>:\r\n",
    b"This message was created automatically by mail delivery software\r\n",
    b"=?utf-8?Q?" + b"=\r\n" * 5,
    b"--b--\r\n",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=60), max_size=30).map(b"".join))
@example(b"From: <>\r\nMessage-ID: \xff\r\n\r\n" + b"\x00" * 100)
def test_no_bytes_raise(raw: bytes) -> None:
    looked_at(raw)


def test_endless_lines_and_endless_text_are_cut_before_they_are_searched() -> None:
    """Some patterns of flufl.bounce take the square of a line's length: on these lines, days."""
    heads = b"From: MAILER-DAEMON@x.example.org\r\nX-Failed-Recipients: " + b"a," * 20_000 + b"\r\n"
    starts = b"\r\nthe following addresses had\r\nHi. This is the\r\n\r\nYour message to:\r\n"
    bodies = (b"a" * 4_000_000, b"a@" * 1_000_000, b"<a" * 1_000_000, b" \r\n" * 500_000, b"5.1." * 500_000)
    for body in bodies:
        found = looked_at(heads + starts + body)
        assert found is not None
        assert found.came_back
