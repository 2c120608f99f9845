"""The whole route x role matrix, from the site's own route table: deny by default."""

import pytest
from fastapi import FastAPI

from bot.files.roles import ROLES
from handlers.permissions import RULES, Open, holds_one, rule_for, who_may
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_person
from tests.web.browser import Browser
from tests.web.conftest import SignIn
from tests.web.routes import ROUTES, Route

CSRF_FREE = ("/unsubscribe/",)


async def reached(browser: Browser, route: Route) -> str:
    """What a browser meets at a page: `in`, `sign-in` or `forbidden`. Anything but our own mistakes counts as in."""
    front = await browser.open("/help")
    token = await csrf_of(browser)
    assert front.status == 200
    response = await browser.http.request(
        route.method, route.path, data={"csrf": token} if route.method != "GET" else None, follow_redirects=False
    )
    assert response.status_code < 500, f"{route}: {response.status_code} {response.text[-2000:]}"
    if response.headers.get("location", "").startswith("/sign-in?next="):
        return "sign-in"
    if response.status_code == 403:
        return "sign-in" if "You have been signed out" in response.text else "forbidden"
    return "in"


async def csrf_of(browser: Browser) -> str:
    page = await browser.open("/welcome")
    return dict(page.fields("Ask the coordinator"))["csrf"]


def expected(route: Route, roles: list[str] | None) -> str:
    who = who_may(route.pattern, route.method)
    if who is Open.ANYBODY:
        return "in"
    if roles is None:
        return "sign-in"
    if isinstance(who, Open):
        return "in"
    return "in" if holds_one(roles, who) else "forbidden"


def test_every_page_has_a_declared_rule() -> None:
    assert [route for route in ROUTES if rule_for(route.pattern) is None] == []


def test_every_rule_decides_about_a_page_that_is_there() -> None:
    """A row without a page promises somebody something that answers “not found”."""
    deciding = {id(rule_for(route.pattern)) for route in ROUTES}
    assert [pattern for pattern, rule in RULES.items() if id(rule) not in deciding] == []


def test_rules_name_real_roles_only() -> None:
    named = {
        role for rule in RULES.values() for who in (rule.look, rule.act) if isinstance(who, frozenset) for role in who
    }
    assert named <= set(ROLES)


def test_a_page_without_a_rule_is_closed_to_everybody() -> None:
    assert who_may("/something/new", "GET") == frozenset()


def test_the_longest_pattern_decides_and_a_name_is_no_prefix() -> None:
    assert who_may("/ops/people/{person_id}", "GET") == who_may("/ops/people", "GET")
    assert rule_for("/ops/peoples") is None
    assert rule_for("/mean") is None


@pytest.mark.parametrize("role", [*sorted(ROLES), None])
async def test_each_role_reaches_its_pages_and_no_others(
    site: FastAPI, sqlite_store: Store, ada: Person, signed_in: SignIn, role: str | None
) -> None:
    found: dict[Route, str] = {}
    for route in ROUTES:
        if route.pattern == "/sign-out":
            continue
        if role is None:
            browser = Browser(site)
        else:
            async with sqlite_store.transaction() as uow:
                person = await uow.people.by_email(f"{role}@example.org") or await a_person(uow, role, roles=[role])
            browser = await signed_in(person)
        found[route] = await reached(browser, route)
        await browser.close()
    roles = None if role is None else [role]
    assert {route: what for route, what in found.items() if what != expected(route, roles)} == {}


def test_the_admin_cannot_read_escalations() -> None:
    assert not holds_one(["admin"], who_may("/ops/escalations/{reference}", "GET"))  # type: ignore[arg-type]  # roles
    assert not holds_one(["coordinator"], who_may("/ops/escalations", "GET"))  # type: ignore[arg-type]  # roles


async def test_a_role_taken_away_is_gone_at_once(sqlite_store: Store, ada: Person, signed_in: SignIn) -> None:
    async with sqlite_store.transaction() as uow:
        cy = await a_person(uow, "Cy", roles=["coordinator"])
    browser = await signed_in(cy)
    route = Route("/ops/people", "GET")
    assert await reached(browser, route) == "in"
    async with sqlite_store.transaction() as uow:
        person = await uow.people.get(cy.id)
        assert person is not None
        person.roles = ["practitioner"]
    assert await reached(browser, route) == "forbidden"
