"""What somebody wrote, out of what their mail program made of it. All mails are invented."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.mail.html_text import text_of_html
from handlers.mail.quotes import own_words
from handlers.mail.reading import Unreadable, read

OUTLOOK = """\
2

Kind regards,

Ada Byron
Social worker | Northmere Council
01632 960123

________________________________
From: Northmere partnership <herald@northmere.example.org>
Sent: 24 November 2026 10:00
To: Ada Byron <ada@example.org>
Subject: Tea

Write your answer above this line

Dear Ada,
"""
NHSMAIL = """\
Very useful

Nurse Bea


****************************************************************************

This message may contain confidential information. If you are not the
intended recipient please:
i) inform the sender that you have received the message in error before deleting it; and

NHSmail is the secure email, collaboration and directory service available for all NHS staff in England.
"""
SAMPLES = {
    "Gmail": (
        "4\n\nOn Tue, 24 Nov 2026 at 10:00, Northmere <h@n.example.org> wrote:\n\n> Write your answer above this line\n> 1.",
        "4",
    ),
    "Gmail, introduction wrapped": (
        "4\n\nOn Tue, 24 Nov 2026 at 10:00, Northmere safeguarding children partnership <\nherald@northmere.example.org> "
        "wrote:\n\n> Write your answer above\n> this line\n> Dear Ada,",
        "4",
    ),
    "Outlook": (OUTLOOK, "2"),
    "Outlook without our line": (OUTLOOK.replace("Write your answer above this line", ""), "2"),
    "Outlook, old": ("kept\n\n-----Original Message-----\nFrom: Northmere\nSent: 24 November\n", "kept"),
    "Apple Mail on a phone": (
        "Yes\n\nSent from my iPhone\n\n> On 24 Nov 2026, at 10:00, Northmere <h@n.example.org> wrote:\n> \n"
        "> \ufeffWrite your answer above this line\n> Dear Ada\n",
        "Yes",
    ),
    "Outlook on a phone": (
        "3\n\nGet Outlook for Android<https://aka.example.org>\n_____________________\nFrom: x\nSent: y",
        "3",
    ),
    "NHSmail": (NHSMAIL, "Very useful\n\nNurse Bea"),
    "German": ("Ja\n\nAm Di., 24. Nov. 2026 um 10:00 Uhr schrieb Northmere <h@n.example.org>:\n\n> Dear", "Ja"),
    "below the quote": (
        "On 24 Nov 2026, Northmere wrote:\n> Write your answer above this line\n> 1. Why?\n\nMy answer\n",
        "My answer",
    ),
    "between the quotes": (
        "On 24 Nov 2026, Northmere wrote:\n> Write your answer above this line\n> Useful?\n1. Yes\n> Why?\n2. So so",
        "1. Yes\n2. So so",
    ),
    "a gateway's warning on top": ("CAUTION: This email originated from outside.\n\nyes", "yes"),
    "a disclaimer without a line": ("Yes\n\nDisclaimer: this e-mail is meant for its reader only.", "Yes"),
    "signature mark": ("accept\n-- \nAda\n", "accept"),
    "many thanks": ("A long answer.\n\nMany thanks\nAda Byron\nTeacher", "A long answer."),
    "a list is no signature": ("I will:\n- read it\n- share it\n- talk", "I will:\n- read it\n- share it\n- talk"),
    "thanks within the words": (
        "It was good.\nThanks to that session I saw the family differently.\nMore please.",
        "It was good.\nThanks to that session I saw the family differently.\nMore please.",
    ),
    "numbered answers after thanks": ("1. Yes\nThanks\n2. No", "1. Yes\nThanks\n2. No"),
    "nothing of their own": ("\n> Write your answer above this line\n> 1. Why?", ""),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_only_what_the_person_wrote_is_left(name: str) -> None:
    text, wanted = SAMPLES[name]
    assert own_words(text) == wanted
    assert own_words(text.replace("\n", "\r\n")) == wanted


def test_a_hundred_thousand_characters_stay_whole_for_the_reader_of_answers_to_refuse() -> None:
    assert own_words("x" * 100_000) == "x" * 100_000


def test_a_mail_that_has_only_html_is_read_line_by_line() -> None:
    gmail = (
        "<html><head><style>p {}</style></head><body><div dir=ltr>1. Yes<br>2. Tea &amp; time</div><br>"
        '<div class="gmail_quote"><div>On Tue Northmere wrote:<br></div><blockquote>Dear Ada</blockquote></div>'
    )
    outlook = '<body><div>kept</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> x</div>Dear Ada</body>'
    assert own_words(text_of_html(gmail)) == "1. Yes\n2. Tea & time"
    assert own_words(text_of_html(outlook)) == "kept"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "utf-7"])
def test_every_charset_is_read(charset: str) -> None:
    head = (
        f"From: a@example.org\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    assert read(head.encode() + "Café £5".encode(charset)).text.strip() == "Café £5"


def test_a_charset_that_nobody_knows_still_gives_words() -> None:
    head = b"From: a@example.org\r\nContent-Type: text/plain; charset=klingon\r\n\r\n"
    assert read(head + "Café".encode()).text.strip() == "Café"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=500))
def test_any_text_at_all_has_words_or_none(text: str) -> None:
    said = own_words(text)
    assert len(said) <= len(text)
    assert "\ue000" in text or "\ue000" not in said


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_a_mail_or_are_not_but_never_an_error(raw: bytes) -> None:
    for head in (b"", b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"):
        try:
            own_words(read(head + raw).text)
        except Unreadable:
            continue


HOSTILE = {
    "introductions": ("On " + "a " * 98 + "\n") * 1000,
    "schrieb": ("Am " + "schrieb " * 24 + "\n") * 1000,
    "blank lines": "\n" * 200_000,
    "disclaimers": ("Disclaimer: " + "mail " * 35 + "\n") * 1000,
    "sign-offs": "Best regards\n" * 5000,
    "headers": "From: \nSent: \n" * 5000,
    "dates": ("2026年1月1日" * 20 + "\n") * 900,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nobody_can_keep_us_busy_with_a_mail_made_for_it(name: str) -> None:
    """Before long lines were kept from the library's patterns, each of these took minutes and so stopped the test."""
    assert len(own_words(HOSTILE[name])) <= len(HOSTILE[name])


HOSTILE_HTML = {
    "quotes without end": "<p class='" * 20_000,
    "comments without end": "<!--" * 50_000,
    "cdata without end": "<![CDATA[" * 20_000,
    "tags without end": "</p " * 50_000,
    "quoting in quoting": "<blockquote>x" * 15_000,
}


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_nobody_can_keep_us_busy_with_html_either(name: str) -> None:
    """Before the reader gave up on what never ends, the first two took a minute and half a minute."""
    assert len(text_of_html(HOSTILE_HTML[name])) <= 3 * len(HOSTILE_HTML[name])


@pytest.mark.parametrize(
    "html", ["Tea & time", "<p>Tea &amp; time", "<div>Tea & time</div><!-- for the", "Tea & time<p id="]
)
def test_the_end_of_an_html_mail_is_read_even_where_its_markup_breaks_off(html: str) -> None:
    assert text_of_html(html) == "Tea & time"
