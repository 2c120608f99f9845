"""Logs hold no address, no token, no words of people, and never more than one line each."""

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot import logs
from handlers.web import access
from handlers.web.middleware import Headers

TOKEN = "survey.WzEyLCJmZWVkYmFjayIsMCwxNzk2MDAwMDAwXQ.abcDEF123"


def asked(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "http_version": "1.1", "client": ("127.0.0.1", 9)}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(
    "planted",
    [
        "sent to ada.smith@example.org now",
        "sent to ada%40example.org now",
        f"GET /l/{TOKEN} 200",
        f"POST /unsubscribe/{TOKEN} 200",
        f"GET /sign-in/{TOKEN} 303",
        "token xoxb-12345-abcdef used",
        "app token xapp-1-A123-abcdef used",
        "Authorization: Bearer abcdef123456",
        "connect to smtp://ada:passphrase@relay:587",
        "GET /ops/people?q=smith 200",
    ],
)
def test_no_planted_address_token_or_search_is_logged(lines: io.StringIO, planted: str) -> None:
    logs.set_up(as_json=False, stream=lines)
    logging.getLogger("herald.test").info(planted)
    logging.getLogger("herald.access").info("%s", planted)
    written = lines.getvalue()
    hidden = ("smith", "ada%40", TOKEN, "12345", "A123", "abcdef", "passphrase")
    assert written.count("\n") == 2
    assert not any(secret in written for secret in hidden)


def test_what_slack_posted_and_was_well_answered_is_not_worth_a_line(lines: io.StringIO) -> None:
    logs.set_up(as_json=False, stream=lines)
    for path, status in (("/slack/events", 200), ("/slack/events", 401), ("/me", 200)):
        access.note(asked("POST", path), status)
    assert [line.rpartition("POST ")[2] for line in lines.getvalue().splitlines()] == [
        '/slack/events HTTP/1.1" 401',
        '/me HTTP/1.1" 200',
    ]


def test_nothing_is_written_down_of_a_press_about_a_story(lines: io.StringIO) -> None:
    logs.set_up(as_json=False, stream=lines)
    posted = [("POST", "/opinions/opinion.abc.def"), ("POST", "/bulletins/2026-12-main/opinions"), ("POST", "/l/x")]
    for method, path in (*posted, ("GET", "/opinions/opinion.abc.def")):
        access.note(asked(method, path), 303)
    assert [line.partition('"')[2] for line in lines.getvalue().splitlines()] == [
        'POST /l/[token] HTTP/1.1" 303',
    ]


def test_an_exception_is_logged_by_its_place_and_not_by_its_message(lines: io.StringIO) -> None:
    logs.set_up(as_json=True, stream=lines)
    try:
        raise ValueError("the answer was: my name is Planted")
    except ValueError:
        logging.getLogger("herald.test").exception("it failed")
    record = json.loads(lines.getvalue())
    assert "Planted" not in lines.getvalue()
    assert record["failure"].startswith("ValueError at ")
    assert "test_logs.py" in record["failure"]


def test_other_libraries_get_one_short_line(lines: io.StringIO) -> None:
    logs.set_up(as_json=False, stream=lines)
    logging.getLogger("slack_bolt.app").warning("Unhandled request\n%s", {"text": "Planted words of a person"})
    assert "Planted" not in lines.getvalue()


@given(st.text(max_size=300))
def test_whatever_is_logged_stays_on_one_line_without_control_characters(text: str) -> None:
    shown = logs.scrubbed(text)
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in shown)
    assert "\u2028" not in shown
    assert "\u202e" not in shown


async def test_the_lines_of_one_request_carry_its_id_which_the_answer_names(lines: io.StringIO) -> None:
    async def page(_scope: Scope, _receive: Receive, send: Send) -> None:
        logging.getLogger("herald.test").info("looking it up")
        await PlainTextResponse("here")(_scope, _receive, send)

    logs.set_up(as_json=True, stream=lines)
    transport = httpx.ASGITransport(app=Headers(page, secure=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://herald") as browser:
        ids = [(await browser.get("/")).headers["x-request-id"] for _ in range(2)]
    logged = [json.loads(line).get("request") for line in lines.getvalue().splitlines() if "looking" in line]
    assert logged == ids
    assert ids[0] != ids[1]


async def test_a_page_that_was_asked_for_is_one_line_with_its_answer(lines: io.StringIO) -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("not here", status_code=404)(scope, receive, send)

    logs.set_up(as_json=False, stream=lines)
    transport = httpx.ASGITransport(app=Headers(page, secure=False), client=("127.0.0.1", 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://herald") as browser:
        await browser.get("/me?next=ada")
    asked_for = [
        line.partition(" herald.access")[2] for line in lines.getvalue().splitlines() if "herald.access" in line
    ]
    assert len(asked_for) == 1
    assert asked_for[0].endswith('127.0.0.1:9 - "GET /me HTTP/1.1" 404')
