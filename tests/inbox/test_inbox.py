"""The demo's inbox takes mail by SMTP and shows it without trusting it."""

import asyncio
import contextlib
import smtplib
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as MODERN
from pathlib import Path

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from bs4 import BeautifulSoup
from fastapi import FastAPI

from bot.demo.inbox import Inbox, Replies, inbox_router, receiving
from bot.rendering.mime import Attachment, Letter, Pieces, wire_bytes
from bot.rules.relay import parse_smtp_url
from digests.mail_replies import Accepted
from digests.mailer import MailConnection
from tests.smtp.letters import a_letter
from tests.smtp.test_letters import INVITE


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


@pytest.fixture
async def browser(inbox: Inbox) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(inbox_router(inbox))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
        yield client


def put(inbox: Inbox, letter: Letter) -> None:
    inbox.deliver(envelope_from="bounce+x@example.org", recipients=[letter.to], raw=wire_bytes(letter))


async def page(browser: httpx.AsyncClient, path: str) -> BeautifulSoup:
    response = await browser.get(f"/demo/inbox{path}")
    assert response.status_code == 200
    soup = BeautifulSoup(response.text, "html.parser")
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert not soup.find_all(["script", "style"])
    assert not soup.find_all(style=True)
    assert soup.html is not None
    assert soup.html["lang"] == "en-GB"
    assert len(soup.find_all("h1")) == 1
    return soup


async def test_what_herald_sends_is_in_the_inbox_and_on_disk(inbox: Inbox, tmp_path: Path) -> None:
    wire = wire_bytes(replace(a_letter(), calendar=INVITE))
    async with receiving(inbox) as receiver:
        connection = MailConnection(parse_smtp_url(receiver.smtp_url))
        for to in ("ada@example.org", "ben@example.org"):
            assert isinstance(await connection.send("bounce+x@example.org", to, Pieces((wire,))), Accepted)
        await connection.close()
    newest, oldest = inbox.newest()
    assert (newest.recipient, oldest.recipient) == ("ben@example.org", "ada@example.org")
    assert (newest.envelope_from, newest.subject) == ("bounce+x@example.org", "Signs of Safety: your place")
    assert newest.date == "Tuesday 1 December 2026, 09:00"
    assert newest.raw == b"Return-Path: <bounce+x@example.org>\r\nDelivered-To: ben@example.org\r\n" + wire
    assert (tmp_path / "inbox" / "000002.eml").read_bytes() == newest.raw


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Wed, 01 Jul 2026 08:30:00 +0000", "Wednesday 1 July 2026, 09:30"),
        ("Thu, 02 Jul 2026 00:15:00 +0100", "Thursday 2 July 2026, 00:15"),
        ("Wed, 01 Jul 2026 23:15:00 -0000", "Thursday 2 July 2026, 00:15"),
        ("the day before yesterday", "the day before yesterday"),
        ("Fri, 31 Dec 9999 23:59:00 -1200", "Fri, 31 Dec 9999 23:59:00 -1200"),
    ],
)
def test_a_mail_shows_the_time_on_the_clocks_of_its_readers(inbox: Inbox, header: str, shown: str) -> None:
    raw = f"Date: {header}\r\nSubject: Hello\r\n\r\nGood morning.\r\n".encode()
    inbox.deliver(envelope_from="", recipients=["ada@example.org"], raw=raw)
    assert inbox.newest()[0].date == shown


async def test_a_session_left_open_does_not_hold_up_the_end(inbox: Inbox) -> None:
    async with receiving(inbox) as receiver:
        connection = MailConnection(parse_smtp_url(receiver.smtp_url))
        await connection.send("", "ada@example.org", Pieces((wire_bytes(a_letter()),)))
    await connection.close()
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP("127.0.0.1", receiver.port)


def test_a_restart_finds_the_mails_again_and_goes_on_counting(inbox: Inbox, tmp_path: Path) -> None:
    put(inbox, a_letter())
    put(inbox, replace(a_letter(), to="ben@example.org"))
    (tmp_path / "inbox" / "notes.eml").write_text("not ours")
    again = Inbox(tmp_path / "inbox")
    assert [mail.recipient for mail in again.newest()] == ["ben@example.org", "ada@example.org"]
    put(again, replace(a_letter(), to="cy@example.org"))
    assert again.newest()[0].number == 3


def test_only_the_last_mails_are_kept(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, kept=3)
    for number in range(7):
        put(inbox, replace(a_letter(), to=f"p{number}@example.org"))
    assert [mail.recipient for mail in inbox.newest()] == ["p6@example.org", "p5@example.org", "p4@example.org"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000005.eml", "000006.eml", "000007.eml"]


async def test_an_empty_inbox_says_what_will_be_here(browser: httpx.AsyncClient) -> None:
    assert "No mail yet" in (await page(browser, "")).text


async def test_the_list_is_newest_first_and_searched_by_recipient(inbox: Inbox, browser: httpx.AsyncClient) -> None:
    for number in range(120):
        put(inbox, replace(a_letter(), to=f"p{number}@example.org", subject=f"Mail {number}"))
    first = await page(browser, "")
    subjects = [link.text for link in first.select(".mails > li > a")]
    assert (subjects[0], subjects[-1], len(subjects)) == ("Mail 119", "Mail 70", 50)
    [older] = [link["href"] for link in first.select("nav a") if link.text == "Older mails"]
    second = await page(browser, str(older).removeprefix("/demo/inbox"))
    assert second.select_one(".mails > li > a").text == "Mail 69"  # type: ignore[union-attr]  # there is one
    found = await page(browser, "?q=P7@EXAMPLE.org")
    assert [link.text for link in found.select(".mails > li > a")] == ["Mail 7"]
    assert "No mail has these words" in (await page(browser, "?q=nobody")).text


async def test_one_mail_shows_all_its_parts(inbox: Inbox, browser: httpx.AsyncClient) -> None:
    pdf = Attachment("Zoë’s map.pdf", "application/pdf", b"%PDF\0")
    text = "Dear Ada,\nyour place: https://herald.example.org/l/abc <&>\n"
    put(inbox, replace(a_letter(), text=text, calendar=INVITE, attachments=(pdf,)))
    shown = await page(browser, "/1")
    words = shown.text
    assert all(each in words for each in (text, "METHOD:REQUEST", "Message-ID", "invite.ics", "Delivered-To"))
    assert shown.select_one('pre a[href="https://herald.example.org/l/abc"]') is not None
    frame = shown.iframe
    assert frame is not None
    assert "allow-top-navigation-by-user-activation" in str(frame["sandbox"])
    assert "allow-scripts" not in str(frame["sandbox"])
    assert "allow-same-origin" not in str(frame["sandbox"])
    assert (await browser.get("/demo/inbox/1/message.eml")).content == inbox.newest()[0].raw
    links = [str(link["href"]) for link in shown.select('a[href*="/files/"]')]
    contents = [(await browser.get(link)).content for link in links]
    assert contents == [INVITE, pdf.content]
    assert "Zo%C3%AB" in (await browser.get(links[1])).headers["content-disposition"]


async def test_the_html_stands_in_a_frame_that_can_do_nothing_but_be_read(
    inbox: Inbox, browser: httpx.AsyncClient
) -> None:
    html = (
        '<html lang="en"><head><title>x</title></head><p style="color:#123">Hello<script>alert(1)</script></p></html>'
    )
    put(inbox, replace(a_letter(), html=html))
    response = await browser.get("/demo/inbox/1/html")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src")
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert "script-src" not in policy
    assert response.text == html.replace("<head>", '<head><base target="_top">')


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Subject: =?utf-8?B?//8=?=\r\nFrom: <<>>,;:\r\nTo: \xff\xfe\r\nDate: yesterday\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=klingon\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Disposition: attachment; filename="../../a\\"b"\r\n\r\n\x00',
        b"Subject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n</iframe><script>alert(1)</script>",
    ],
)
async def test_bad_mail_is_shown_as_well_as_it_can_be(inbox: Inbox, browser: httpx.AsyncClient, raw: bytes) -> None:
    inbox.deliver(envelope_from="x>\r\nEvil: yes", recipients=["ada@example.org\r\nEvil: yes"], raw=raw)
    await page(browser, "")
    shown = await page(browser, "/1")
    assert (await browser.get("/demo/inbox/1/html")).status_code == 200
    assert "Evil" not in [each.text for each in shown.select("dt")]
    for link in shown.select('a[href*="/files/"]'):
        assert (await browser.get(str(link["href"]))).status_code == 200


@pytest.mark.parametrize("path", ["/99", "/99/html", "/99/message.eml", "/1/files/0", "/1/files/77", "/1/files/-1"])
async def test_what_is_not_there_is_not_found(inbox: Inbox, browser: httpx.AsyncClient, path: str) -> None:
    put(inbox, a_letter())
    assert (await browser.get(f"/demo/inbox{path}")).status_code == 404


class Taker:
    """A stand-in for Herald's listener: keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 2.0.0 taken"


@contextlib.asynccontextmanager
async def answering(inbox: Inbox) -> AsyncIterator[tuple[httpx.AsyncClient, Taker, Replies]]:
    taker = Taker()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(taker), "127.0.0.1", 0)
    replies = Replies(server.sockets[0].getsockname()[1])
    app = FastAPI()
    app.include_router(inbox_router(inbox, replies))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://demo") as client:
        yield client, taker, replies
    server.close()


async def test_a_mail_is_answered_as_its_recipient_with_the_mail_quoted_below(inbox: Inbox) -> None:
    put(inbox, replace(a_letter(), reply_to="reply+abc@northmere.example.org"))
    async with answering(inbox) as (browser, taker, _):
        form = (await page(browser, "/1")).select_one("form[method=post]")
        assert form is not None
        label = form.find("label")
        assert label is not None
        assert label["for"] == form.find("textarea")["id"]
        done = await browser.post(str(form["action"]), data={"text": "Yes, please\nAda"})
        assert done.status_code == 303
        after = await page(browser, done.headers["location"].removeprefix("/demo/inbox"))
        assert "Herald has taken your reply" in after.get_text()
    (sent,) = taker.taken
    letter = message_from_bytes(bytes(sent.content or b""), policy=MODERN)
    assert (sent.mail_from, sent.rcpt_tos) == (a_letter().to, ["reply+abc@northmere.example.org"])
    assert letter["In-Reply-To"] == a_letter().message_id
    text = str(letter.get_content()).replace("\r\n", "\n")
    assert text.startswith("Yes, please\nAda\n\nOn ")
    assert "\n> " in text


async def test_only_what_herald_would_read_can_be_answered_and_only_from_our_own_page(inbox: Inbox) -> None:
    put(inbox, replace(a_letter(), reply_to="herald@northmere.example.org"))
    put(inbox, replace(a_letter(), reply_to="reply+abc@northmere.example.org"))
    async with answering(inbox) as (browser, taker, replies):
        assert (await page(browser, "/1")).select_one("form[method=post]") is None
        assert (await browser.post("/demo/inbox/1/reply", data={"text": "x"})).status_code == 403
        elsewhere = {"Origin": "http://elsewhere.example.org"}
        assert (await browser.post("/demo/inbox/2/reply", data={"text": "x"}, headers=elsewhere)).status_code == 403
        hidden = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
        assert (await browser.post("/demo/inbox/2/reply", data={"text": "x"}, headers=hidden)).status_code == 403
        replies.port = 1
        kept = await browser.post("/demo/inbox/2/reply", data={"text": "my words"})
        assert "could not be handed over" in kept.text
        assert "my words" in kept.text
    assert taker.taken == []
