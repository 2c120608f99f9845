"""What a letter looks like to the programs that will read it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bot.rendering.mime import Attachment, Letter, UnsafeHeader, UnsendableLetter, wire_bytes
from tests.smtp.letters import a_letter

INVITE = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Herald//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:abc@example.org\r\n"
    b"SEQUENCE:0\r\nDTSTAMP:20261201T090000Z\r\nDTSTART:20261209T123000Z\r\nDTEND:20261209T133000Z\r\n"
    b"SUMMARY:Levels of need \xe2\x80\x93 briefing\r\nORGANIZER:mailto:herald@herald.example.org\r\n"
    b"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:ada@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
UNHURRIED = settings(deadline=None)
ANY_TEXT = st.text(max_size=400)
ONE_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)


def parsed(wire: bytes) -> EmailMessage:
    message = message_from_bytes(wire, policy=SMTP_POLICY)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, media_type: str) -> str:
    [found] = [each for each in message.walk() if each.get_content_type() == media_type]
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8").replace("\r\n", "\n")


def assert_fit_for_the_wire(wire: bytes) -> None:
    assert wire.endswith(b"\r\n")
    assert wire.count(b"\n") == wire.count(b"\r") == wire.count(b"\r\n")
    lines = wire.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not [line for line in lines if line.startswith(b".")]
    assert wire.isascii()


def test_a_letter_says_the_same_as_text_and_as_html_text_first() -> None:
    message = parsed(wire_bytes(a_letter()))
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert {each["Content-Transfer-Encoding"] for each in message.iter_parts()} == {"quoted-printable"}
    assert part(message, "text/plain") == a_letter().text
    assert part(message, "text/html") == a_letter().html
    assert not message.defects


def test_a_letter_names_one_recipient_and_says_that_a_machine_wrote_it() -> None:
    message = parsed(wire_bytes(a_letter()))
    assert str(message["To"]) == "Ada Example <ada@example.org>"
    assert str(message["From"]) == "Northmere partnership <herald@herald.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<b-17@herald.example.org>"
    assert message["Date"] == "Tue, 01 Dec 2026 09:00:00 +0000"
    assert message["Cc"] is message["Bcc"] is None


def test_the_same_letter_is_the_same_bytes_and_another_letter_has_other_boundaries() -> None:
    letter = a_letter()
    noon_elsewhere = replace(letter, date=letter.date.astimezone(timezone(timedelta(hours=3))))
    assert wire_bytes(letter) == wire_bytes(replace(letter)) == wire_bytes(noon_elsewhere)
    other = parsed(wire_bytes(replace(letter, message_id="<b-18@herald.example.org>")))
    assert other.get_boundary() != parsed(wire_bytes(letter)).get_boundary()


def test_an_invitation_has_the_shape_that_calendars_understand() -> None:
    pdf = Attachment("Zoë’s map.pdf", "application/pdf", b"%PDF-1.7 \x00\xff" * 99)
    message = parsed(wire_bytes(replace(a_letter(), calendar=INVITE, attachments=(pdf,))))
    assert message.get_content_type() == "multipart/mixed"
    alternative, invite, map_ = message.iter_parts()
    assert [each.get_content_type() for each in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    calendar = list(alternative.iter_parts())[-1]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_payload(decode=True) == INVITE == invite.get_payload(decode=True)
    assert (invite.get_content_type(), invite.get_filename()) == ("application/ics", "invite.ics")
    assert (map_.get_filename(), map_.get_payload(decode=True)) == (pdf.filename, pdf.content)
    [event] = Calendar.from_ical(calendar.get_payload(decode=True)).walk("VEVENT")
    assert event["SUMMARY"] == "Levels of need – briefing"


def test_a_cancellation_says_so_in_the_header_too() -> None:
    message = parsed(wire_bytes(replace(a_letter(), calendar=INVITE.replace(b"METHOD:REQUEST", b"METHOD:CANCEL"))))
    [calendar] = [each for each in message.walk() if each.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "CANCEL"


@pytest.mark.parametrize("calendar", [b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"METHOD:REQUEST\r\n\xff"])
def test_a_calendar_entry_without_a_method_or_not_utf8_is_refused(calendar: bytes) -> None:
    with pytest.raises(UnsendableLetter):
        wire_bytes(replace(a_letter(), calendar=calendar))


@pytest.mark.parametrize("empty", ["text", "html"])
def test_a_letter_with_an_empty_part_is_not_sent(empty: str) -> None:
    with pytest.raises(UnsendableLetter):
        wire_bytes(replace(a_letter(), **{empty: " \n"}))


def test_one_click_unsubscribe_is_one_https_address_and_one_post_field() -> None:
    link = "https://herald.example.org/unsubscribe/" + "a" * 120
    headers = (
        ("List-Id", "Northmere e-bulletin <main.herald.example.org>"),
        ("List-Unsubscribe", f"<{link}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    wire = wire_bytes(replace(a_letter(), headers=headers, reply_to="reply+t0ken@herald.example.org"))
    message = parsed(wire)
    assert wire.count(b"List-Unsubscribe:") == wire.count(b"List-Unsubscribe-Post:") == 1
    assert message["List-Unsubscribe"] == f"<{link}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Reply-To"] == "reply+t0ken@herald.example.org"
    assert b"<" + link.encode() + b">\r\n" in wire  # unbroken: some readers do not unfold


BREAKS = ["\r", "\n", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\x7f", "\t", "\ud800"]
FIELDS = {
    "From": "sender_name",
    "To": "to_name",
    "Subject": "subject",
    "Reply-To": "reply_to",
    "Message-ID": "message_id",
}


@pytest.mark.parametrize("sign", BREAKS)
@pytest.mark.parametrize("field", FIELDS)
def test_no_value_can_begin_a_header_of_its_own(field: str, sign: str) -> None:
    hostile = f"reply@example.org{sign}Bcc: everyone@example.org"
    with pytest.raises(UnsafeHeader) as refused:
        wire_bytes(replace(a_letter(), **{FIELDS[field]: hostile}))
    assert refused.value.field == field
    assert "everyone" not in str(refused.value)


@pytest.mark.parametrize("sign", BREAKS)
def test_addresses_given_headers_and_file_names_can_neither(sign: str) -> None:
    letter = a_letter()
    for hostile in (
        replace(letter, to=f"ada@example.org{sign}x"),
        replace(letter, sender_address=f"herald@example.org{sign}"),
        replace(letter, headers=(("List-Id", f"a{sign}b"),)),
        replace(letter, headers=(("X-Note", f"a{sign}b"),)),
        replace(letter, headers=((f"X-Note{sign}", "a"),)),
        replace(letter, attachments=(Attachment(f"a{sign}.pdf", "application/pdf", b""),)),
    ):
        with pytest.raises(UnsafeHeader):
            wire_bytes(hostile)


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@example.org, ben@example.org", "<ada@example.org>", "ada @example.org"]
)
def test_one_address_is_one_address(address: str) -> None:
    with pytest.raises(UnsafeHeader):
        wire_bytes(replace(a_letter(), to=address))


@pytest.mark.parametrize("name", ["To", "bcc", "Content-Type", "Resent-To", "DATE", "MIME-Version", "X Y", "", "X:Y"])
def test_what_the_letter_manages_itself_cannot_be_given_twice(name: str) -> None:
    with pytest.raises(UnsafeHeader):
        wire_bytes(replace(a_letter(), headers=((name, "x"),)))


def test_a_header_given_twice_is_refused() -> None:
    with pytest.raises(UnsafeHeader):
        wire_bytes(replace(a_letter(), headers=(("List-Id", "a"), ("list-id", "b"))))


def test_a_date_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        wire_bytes(replace(a_letter(), date=datetime(2026, 12, 1, tzinfo=UTC).replace(tzinfo=None)))


@UNHURRIED
@given(text=ANY_TEXT, html=ANY_TEXT)
def test_whatever_is_written_arrives(text: str, html: str) -> None:
    letter = replace(a_letter(), text=f"Dear\n{text}", html=f"<p>{html}")
    wire = wire_bytes(letter)
    assert_fit_for_the_wire(wire)
    assert all(len(line) <= 76 for line in wire.split(b"\r\n\r\n", 1)[1].split(b"\r\n") if b"Content-" not in line)
    assert part(parsed(wire), "text/plain") == as_carried(letter.text)
    assert part(parsed(wire), "text/html") == as_carried(letter.html)


@UNHURRIED
@given(line=st.text(st.sampled_from(". =\tab\né"), min_size=60, max_size=200))
def test_dots_and_spaces_at_the_ends_of_lines_arrive(line: str) -> None:
    wire = wire_bytes(replace(a_letter(), text=line + "x"))
    assert_fit_for_the_wire(wire)
    assert part(parsed(wire), "text/plain") == line + "x"


@UNHURRIED
@given(subject=ONE_LINE, name=ONE_LINE)
def test_whatever_a_subject_and_a_name_say_arrives(subject: str, name: str) -> None:
    wire = wire_bytes(replace(a_letter(), subject=subject, to_name=name))
    assert_fit_for_the_wire(wire)
    message = parsed(wire)
    assert str(message["Subject"]) == subject
    # Python's newer reader loses spaces between the encoded words of a name, so the older one reads it.
    shown, address = parseaddr(str(message_from_bytes(wire)["To"]))
    assert address == "ada@example.org"
    assert str(make_header(decode_header(shown))) == name.strip()
    assert sum(1 for line in wire.split(b"\r\n\r\n")[0].split(b"\r\n") if re.match(rb"[^ ]", line)) == 8


def as_carried(text: str) -> str:
    """Line ends become one kind; what no octets can carry becomes a question mark."""
    return re.sub("\r\n?", "\n", text).encode("utf-8", "replace").decode("utf-8")


def test_a_letter_is_frozen() -> None:
    with pytest.raises(AttributeError):
        setattr(a_letter(), "to", "ben@example.org")  # noqa: B010 - a plain assignment would not pass the type checker
    assert isinstance(a_letter(), Letter)
