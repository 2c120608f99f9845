"""What a message looks like: calm, whole in both parts, linked for its one reader, leavable where it should be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from bot.files.partnership import parse_partnership
from bot.keyring import Keyring
from bot.links import Button, Purpose, read_link
from bot.mail_addresses import MailPurpose, fingerprints, message_id_for, read_tagged, tagged_address
from bot.rendering.mime import wire_bytes
from bot.rendering.note import Note
from bot.rendering.slack_limits import problems_in_blocks
from bot.settings import MailSettings
from digests.compose import (
    LASTS,
    Addressee,
    Desk,
    Stamp,
    UnknownKind,
    compose_mail,
    compose_note,
    compose_slack,
    own_link,
)
from digests.letterhead import LARGEST_BYTES
from digests.messages.kinds import Writing
from tests.digests.kinds import KINDS
from tests.factories import PARTNERSHIP

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEYS = Keyring(("the newest secret of these tests", "an older secret of these tests"))
ADA = Addressee("ada@example.org", name="Ada O'Example", person_id=7, epoch=3)
MAIL = MailSettings(
    smtp_url="smtp://127.0.0.1:2525?tls=none",
    sender="Northmere partnership <herald@herald.example.org>",
    domain="herald.example.org",
)
WRITING = Writing(parse_partnership(PARTNERSHIP).value, NOW, "https://herald.example.org")
DESK = Desk(WRITING, MAIL, KEYS, live=True)
STAMP = Stamp(41, message_id_for("hello:1:7:email", domain=MAIL.domain, keyring=KEYS), NOW)


def note_of(kind: str) -> Note:
    return compose_note(kind, {"number": 5}, writing=WRITING, kinds=KINDS)


def letter_of(note: Note, *, desk: Desk = DESK, to: Addressee = ADA, stamp: Stamp | None = STAMP) -> EmailMessage:
    wire = wire_bytes(compose_mail(note, to=to, desk=desk, stamp=stamp).letter)
    assert len(wire) < LARGEST_BYTES
    return cast("EmailMessage", message_from_bytes(wire, policy=SMTP))


def parts(letter: EmailMessage) -> tuple[str, BeautifulSoup]:
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), BeautifulSoup(html.get_content(), "html.parser")


def test_both_parts_say_the_same_and_hold_the_same_link() -> None:
    text, page = parts(letter_of(note_of("hello")))
    link = page.find("a", string="See your booking")
    assert link is not None
    assert link["href"] in text
    for words in ("Dear Ada O'Example,", "Your number is 5.", "Wednesday 9 December, 12:30", "See your booking"):
        assert words in " ".join(text.split())
        assert words in " ".join(page.get_text(" ").split())


def test_a_button_becomes_a_link_that_only_its_reader_may_use_and_that_ends() -> None:
    _, page = parts(letter_of(note_of("hello")))
    url = urlsplit(str(page.find("a", string="See your booking")["href"]))  # type: ignore[index]  # it is there
    assert (url.scheme, url.netloc, parse_qs(url.query)) == ("https", "herald.example.org", {"choice": ["see"]})
    link = read_link(url.path.removeprefix("/l/"), keyring=KEYS, now=NOW)
    assert (link.purpose, link.person_id, link.about, link.epoch) == (Purpose.BOOKING, 7, "B-2026-0001", 3)
    assert link.expires == NOW + LASTS[Purpose.BOOKING]


@pytest.mark.parametrize("purpose", Purpose)
def test_every_link_ends(purpose: Purpose) -> None:
    token = own_link(purpose, "x", desk=DESK)(ADA).rpartition("/")[2]
    assert NOW < read_link(token, keyring=KEYS, now=NOW).expires <= NOW + timedelta(days=730)


def test_a_reminder_can_be_left_by_one_click_and_an_alert_cannot() -> None:
    reminder, alert, hello = (letter_of(note_of(kind)) for kind in ("reminder", "alert", "hello"))
    leave, by_mail = str(reminder["List-Unsubscribe"]).strip("<>").split(">,<")
    assert by_mail == f"mailto:{str(reminder['Reply-To']).replace('reply+', 'leave+')}?subject=leave"
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert reminder["List-Id"] == "<nudges.herald.example.org>"
    token = urlsplit(leave).path.removeprefix("/unsubscribe/")
    link = read_link(token, keyring=KEYS, now=NOW + timedelta(days=600))
    assert (link.purpose, link.person_id, link.about) == (Purpose.UNSUBSCRIBE, 7, "nudges")
    assert leave in parts(reminder)[0]
    for letter in (alert, hello):
        assert not [name for name in letter if name.lower().startswith("list-")]
        assert "unsubscribe" not in parts(letter)[0].lower()


def test_the_layout_can_be_heard_resized_and_read_in_the_dark() -> None:
    _, page = parts(letter_of(note_of("reminder")))
    html = page.find("html")
    assert html is not None
    assert html["lang"] == "en-GB"
    assert page.title is not None
    assert page.title.get_text() == "A deadline is near"
    assert [h.get_text() for h in page.find_all(["h1", "h2"])] == ["A deadline is near"]
    assert len(page.find_all(attrs={"role": "article"})) == 1
    for table in page.find_all("table"):
        assert table.get("role") == "presentation" or table.find("th", scope="row")
    assert "prefers-color-scheme: dark" in str(page)
    assert page.find("meta", attrs={"name": "color-scheme"}) is not None
    assert not page.find_all(["img", "script", "link"])
    assert "font-size: 16px" in str(page.find("td", class_="inside")["style"])  # type: ignore[index]  # it is there


def test_a_message_says_what_sent_it_where_replies_go_and_that_nobody_need_answer_by_machine() -> None:
    mail = compose_mail(note_of("hello"), to=ADA, desk=DESK, stamp=STAMP)
    letter = letter_of(note_of("hello"))
    assert letter["Auto-Submitted"] == "auto-generated"
    assert (letter["Message-ID"], letter["Date"].datetime) == (STAMP.message_id, NOW)
    assert read_tagged(str(letter["Reply-To"]), keyring=KEYS) == (MailPurpose.REPLY, 41, 0)
    assert read_tagged(mail.envelope_from, keyring=KEYS) == (MailPurpose.BOUNCE, 41, 0)
    assert "41" not in mail.envelope_from.partition("+")[2]


def test_where_no_mail_can_come_in_replies_go_to_the_staffed_sender() -> None:
    desk = replace(DESK, mail=replace(MAIL, inbound=False))
    mail = compose_mail(note_of("hello"), to=ADA, desk=desk, stamp=STAMP)
    assert mail.letter.reply_to == mail.envelope_from == "herald@herald.example.org"


def test_exchange_online_gets_no_foreign_envelope_sender() -> None:
    desk = replace(DESK, mail=replace(MAIL, smtp_url="smtp://herald:secret@smtp.office365.com:587?tls=starttls"))
    mail = compose_mail(note_of("hello"), to=ADA, desk=desk, stamp=STAMP)
    assert mail.envelope_from == "herald@herald.example.org"
    assert mail.letter.reply_to.startswith("reply+")


def test_practice_is_said_in_both_parts_and_in_slack() -> None:
    desk = replace(DESK, live=False)
    text, page = parts(letter_of(note_of("alert"), desk=desk))
    slack = compose_slack(note_of("alert"), to=ADA, desk=desk)
    for words in (text, page.get_text(" "), str(slack.blocks)):
        assert "Herald is being tried out" in " ".join(words.split())


def test_an_address_that_is_nobodys_own_gets_no_link_that_acts() -> None:
    text, page = parts(letter_of(note_of("alert"), to=Addressee("duty@council.example.org")))
    assert "/l/" not in text
    assert "Dear" not in text
    assert page.find("a")["href"] == "https://herald.example.org"  # type: ignore[index]  # it is there


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownKind):
        compose_note("no.such.kind", {}, writing=WRITING, kinds=KINDS)


hostile = st.text(min_size=1, max_size=60).filter(lambda text: text.strip() != "")


@given(subject=hostile, words=hostile, name=hostile)
def test_no_words_break_out_of_their_place(subject: str, words: str, name: str) -> None:
    clean = "".join(c for c in subject if c.isprintable()).strip() or "x"
    note = Note(subject=clean, paragraphs=(words,), buttons=(Button("Go on", Purpose.BOOK, "b1"),))
    addressee = ADA._replace(name="".join(c for c in name if c.isprintable()))
    letter = letter_of(note, to=addressee)
    _, page = parts(letter)
    assert [tag.name for tag in page.find_all(["script", "img", "iframe", "form"])] == []
    assert len(page.find_all("a")) == 1
    assert len(page.find_all("h1")) == 1
    assert not problems_in_blocks(list(compose_slack(note, to=addressee, desk=DESK).blocks), "message")


@given(number=st.integers(1, 2**62))
def test_a_tagged_address_survives_shouting_and_rotation_and_opens_for_nothing_else(number: int) -> None:
    old = Keyring((KEYS.secrets[1],))
    address = tagged_address(MailPurpose.REPLY, number, domain="herald.example.org", keyring=old)
    assert read_tagged(address.upper(), keyring=KEYS) == (MailPurpose.REPLY, number, 0)
    assert read_tagged(address.replace("reply+", "bounce+"), keyring=KEYS) is None
    assert read_tagged(address, keyring=Keyring(("a stranger's secret",))) is None
    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize("address", ["", "@", "reply@x", "reply+@x", "reply+aaaa@x", "reply+é@x", "other+aaaa@x"])
def test_addresses_that_herald_did_not_make_mean_nothing(address: str) -> None:
    assert read_tagged(address, keyring=KEYS) is None


def test_a_suppressed_address_is_known_again_after_a_rotation() -> None:
    before = fingerprints("Ada@Example.org ", keyring=Keyring((KEYS.secrets[1],)))
    assert before[0] in fingerprints("ada@example.org", keyring=KEYS)
