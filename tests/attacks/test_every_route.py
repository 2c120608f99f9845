"""Every page with odd parameters and odd forms, as a stranger and as each role: never a server error, always guarded."""

import random
import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from bot.demo.slack import Signing
from bot.files.roles import ROLES
from tests.attacks.northmere import a_cast, csrf_of, raised
from tests.factories import a_person
from tests.web.browser import Browser
from tests.web.routes import ROUTES, Route
from tests.web.test_hardening import assert_guarded
from tests.world import World

ODD = (
    *("0", "1", "-1", "9" * 30, "1e9", "٣", "²", "nan", "null", "true", "[]", "{}", "*", "."),
    *("..", "../../etc/passwd", "%2e%2e", "%00", "%0d%0aSet-Cookie:%20x=1", "\u202eevil", "😀" * 40, "a" * 3000),
    *(
        "' OR 1=1 --",
        '"',
        "<script>alert(1)</script>",
        "{{7*7}}",
        "=cmd|' /C calc'!A0",
        "2026-13-45",
        "2026-02-30T99:99",
    ),
    *("E-2026-0001", "E-2026-0001/1", "B-2026-0001", "P-2026-0001", "winter", "main", "//evil.invalid", "https:evil"),
)
NAMES = (
    *(
        "q",
        "thing",
        "next",
        "choice",
        "page",
        "from",
        "to",
        "format",
        "as",
        "email",
        "saved",
        "kind",
        "state",
        "agency",
    ),
    *("sector", "person", "at", "csrf", "key", "do", "revision", "purpose", "about", "name", "text", "file", "remove"),
    *("prefers", "series", "nudges", "status", "starts", "when", "title", "q.pick", "q.plan_by.day", "roles", "level"),
    *("send_at", "by", "reason", "note", "words", "front", "subject", "audience", "attended", "id", "count", "number"),
)


def filled(route: Route, dice: random.Random) -> str:
    """An address that reaches the page with something odd in each of its places."""
    return re.sub(r"\{[^}]+\}", lambda _: quote(dice.choice(ODD), safe="%"), route.pattern)


def forms(dice: random.Random) -> Iterator[tuple[str, str]]:
    for name in dice.sample(NAMES, 12):
        yield name, dice.choice(ODD)
        if dice.random() < 0.2:
            yield name, dice.choice(ODD)


def sane(path: str, answer: httpx.Response) -> None:
    assert answer.status_code < 500, (path, answer.status_code)
    assert_guarded(answer)
    location = answer.headers.get("location", "/")
    assert location.startswith("/"), (path, location)
    assert not location.startswith(("//", "/\\")), (path, location)
    for cookie in answer.headers.get_list("set-cookie"):
        assert "httponly" in cookie.lower(), cookie
        assert "samesite=lax" in cookie.lower(), cookie
    assert "x" not in answer.cookies
    if "html" in answer.headers.get("content-type", ""):
        assert "<script" not in answer.text, path
        assert ">49<" not in answer.text, path


@pytest.mark.parametrize("rounds", [1, pytest.param(40, marks=pytest.mark.nightly)])
async def test_no_address_and_no_form_is_a_server_error_for_anybody(sqlite_world: World, rounds: int) -> None:
    world, dice = sqlite_world, random.Random(rounds)
    store = world.herald.store
    cast = await a_cast(store)
    await raised(store, cast.ada)
    for role in [None, *sorted(ROLES)]:
        for route in ROUTES * rounds if rounds > 1 else dice.sample(ROUTES, len(ROUTES) // 2):
            if route.pattern in ("/sign-out", "/sign-in"):
                continue
            await knock(world, role, route, dice)


async def knock(world: World, role: str | None, route: Route, dice: random.Random) -> None:
    browser = await browser_of(world, role)
    path = filled(route, dice)
    if route.method == "GET":
        sane(path, await browser.http.get(path, params=dict(forms(dice)), follow_redirects=False))
        return
    fields: dict[str, list[str]] = {"csrf": [await csrf_of(browser)]}
    for name, value in forms(dice):
        fields.setdefault(name, []).append(value) if name != "csrf" else None
    if dice.random() < 0.3:
        odd_file = {"file": (dice.choice(ODD)[:200], dice.choice(ODD).encode(), dice.choice(("text/csv", "x/y", "")))}
        sane(path, await browser.http.post(path, data=fields, files=odd_file, follow_redirects=False))
        return
    sane(path, await browser.http.request(route.method, path, data=fields, follow_redirects=False))


async def browser_of(world: World, role: str | None) -> Browser:
    """A browser of somebody with this role, signed in; of a stranger for None."""
    known: dict[str | None, Browser] = world.__dict__.setdefault("knocking", {})
    if role not in known:
        known[role] = await world.browser()
        if role is not None:
            async with world.herald.store.transaction() as uow:
                person = await a_person(uow, f"One {role}", roles=[role], agency_id="northmere-council")
                token = uow.signins.new_session(person_id=person.id, signed_in=True)
            known[role].http.cookies.set("herald", token)
    return known[role]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "HEAD", "FOO"])
async def test_methods_that_a_page_does_not_know_are_answered_with_a_page(sqlite_world: World, method: str) -> None:
    browser = await browser_of(sqlite_world, None)
    for path in ("/", "/me", "/ops/people", "/l/x", "/health/live", "/metrics", "/slack/events", "/static/herald.css"):
        answer = await browser.http.request(method, path, follow_redirects=False)
        assert answer.status_code < 500, path
        assert_guarded(answer)
        if (method, path) == ("POST", "/slack/events"):  # answered before the pages' layers, with nothing to show
            assert (answer.status_code, answer.content) == (401, b"")


BODIES = {
    "nested json": (b"[" * 100_000 + b"]" * 100_000, "application/json"),
    "nested json in a form": (b"payload=" + b"%5B" * 100_000, "application/x-www-form-urlencoded"),
    "invalid utf-8": (b"\xff\xfe\x00=\xc3\x28", "application/x-www-form-urlencoded"),
    "no content type": (b"a=b", ""),
    "a content type of nonsense": (b"a=b", "\x7f;;;charset=="),
    "xml": (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "text/xml"),
    "multipart without end": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"y" * 1000, "multipart/form-data; boundary=x"),
    "multipart of ten thousand parts": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\ny\r\n" * 10_000 + b"--x--", "multipart/form-data; boundary=x"),
    "gzip that is none": (b"\x1f\x8b\x08\x00", "application/x-www-form-urlencoded"),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_of_nonsense_is_refused_on_pages_and_at_slacks_door(sqlite_world: World, name: str) -> None:
    body, kind = BODIES[name]
    world = sqlite_world
    browser = await browser_of(world, None)
    for path in ("/welcome", "/sign-in", "/act", "/l/x.y.z", "/unsubscribe/x.y.z", "/slack/events"):
        answer = await browser.http.post(path, content=body, headers={"content-type": kind}, follow_redirects=False)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
    door = world.herald.slack
    assert door is not None
    headers = world.stand_in.door._signature(body, Signing())
    answered = await door.hear(headers={**headers, "content-type": kind}, body=body)
    assert 400 <= answered.status < 500, "signed well, and still nonsense"
