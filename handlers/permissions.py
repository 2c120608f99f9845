"""Who may open what: one visible table from page patterns to roles (reference/slack-web-security.md section 7).

Deny by default: a page without a row is closed to everybody. Roles are read at each request, so a change acts at once.
A pattern that ends in `/*` covers the page of that name and everything below it; the longest pattern that fits decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

READING = frozenset({"GET", "HEAD", "OPTIONS"})

COORDINATOR = "coordinator"
PUBLISHER = "publisher"
ESCALATION_LEAD = "escalation-lead"
ANALYST = "analyst"
AUDITOR = "auditor"
EXECUTIVE = "executive"
ADMIN = "admin"


class Open(StrEnum):
    """Who may come in without a particular role."""

    ANYBODY = "anybody"
    LINK_OR_SIGNED_IN = "a link for it, or signed in"
    SIGNED_IN = "signed in"


Who = Open | frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may look at a page, and who may act on it. `act` is the same people unless it says otherwise."""

    look: Who
    act: Who | None = None

    def who(self, method: str) -> Who:
        """Whom this method is for."""
        return self.look if method in READING or self.act is None else self.act


def _roles(*names: str) -> frozenset[str]:
    return frozenset(names)


OPERATIONS = _roles(COORDINATOR, PUBLISHER, ESCALATION_LEAD, ANALYST, ADMIN)

RULES: dict[str, Rule] = {
    "/": Rule(Open.ANYBODY),
    "/sign-in/*": Rule(Open.ANYBODY),
    "/sign-out": Rule(Open.ANYBODY),
    "/welcome/*": Rule(Open.ANYBODY),
    "/privacy": Rule(Open.ANYBODY),
    "/accessibility": Rule(Open.ANYBODY),
    "/cookies": Rule(Open.ANYBODY),
    "/help": Rule(Open.ANYBODY),
    "/complaints": Rule(Open.ANYBODY),
    "/done": Rule(Open.ANYBODY),
    "/l/*": Rule(Open.ANYBODY),
    "/unsubscribe/*": Rule(Open.ANYBODY),
    "/bulletins/*": Rule(Open.ANYBODY),
    "/opinions/*": Rule(Open.ANYBODY),
    "/talk/*": Rule(Open.LINK_OR_SIGNED_IN),
    "/me/*": Rule(Open.SIGNED_IN),
    "/act": Rule(Open.SIGNED_IN),
    "/preferences/*": Rule(Open.LINK_OR_SIGNED_IN),
    "/surveys/*": Rule(Open.SIGNED_IN),
    "/pledge/*": Rule(Open.SIGNED_IN),
    "/escalate/*": Rule(Open.SIGNED_IN),
    "/escalations/*": Rule(Open.SIGNED_IN),
    "/briefings/*": Rule(Open.SIGNED_IN),
    "/bookings/*": Rule(Open.SIGNED_IN),
    "/deadlines/*": Rule(Open.SIGNED_IN),
    "/ops": Rule(OPERATIONS),
    "/ops/people/*": Rule(_roles(COORDINATOR, ADMIN)),
    "/ops/people/{person_id}/erase": Rule(_roles(ADMIN)),
    "/ops/addresses/*": Rule(_roles(COORDINATOR, PUBLISHER, ADMIN), act=_roles(COORDINATOR, ADMIN)),
    "/ops/surveys/new": Rule(_roles(COORDINATOR)),
    "/ops/surveys/*": Rule(_roles(COORDINATOR, ANALYST), act=_roles(COORDINATOR)),
    "/ops/pledges/*": Rule(_roles(COORDINATOR, ANALYST), act=_roles(COORDINATOR)),
    "/ops/briefings/*": Rule(_roles(COORDINATOR, ANALYST), act=_roles(COORDINATOR)),
    "/ops/deadlines/*": Rule(_roles(COORDINATOR, ANALYST), act=_roles(COORDINATOR)),
    "/ops/bulletins/*": Rule(_roles(COORDINATOR, PUBLISHER)),
    "/ops/bulletins/{bulletin_id}/opinions": Rule(_roles(COORDINATOR, PUBLISHER, ANALYST)),
    "/ops/bulletins/{bulletin_id}/approve": Rule(_roles(PUBLISHER)),
    "/ops/bulletins/{bulletin_id}/send": Rule(_roles(PUBLISHER)),
    "/ops/bulletins/{bulletin_id}/missed": Rule(_roles(COORDINATOR, PUBLISHER), act=_roles(PUBLISHER)),
    "/ops/escalations/*": Rule(_roles(ESCALATION_LEAD)),
    "/ops/report/escalations/*": Rule(_roles(COORDINATOR, ANALYST, EXECUTIVE, ESCALATION_LEAD)),
    "/ops/audit/*": Rule(_roles(AUDITOR, ADMIN)),
    "/ops/outbox/*": Rule(_roles(COORDINATOR, PUBLISHER, ESCALATION_LEAD, ADMIN)),
    "/ops/sending": Rule(_roles(COORDINATOR, PUBLISHER, ESCALATION_LEAD, ADMIN)),
}


def rule_for(pattern: str) -> Rule | None:
    """The rule of a page, by its route's pattern such as `/ops/people/{person_id}`; None when nobody declared one."""
    if pattern in RULES:
        return RULES[pattern]
    fitting = (name for name in RULES if name.endswith("/*") and f"{pattern}/".startswith(name[:-1]))
    longest = max(fitting, key=len, default=None)
    return None if longest is None else RULES[longest]


def who_may(pattern: str, method: str) -> Who:
    """Whom a page is for; nobody (no roles) when it has no rule."""
    rule = rule_for(pattern)
    return frozenset[str]() if rule is None else rule.who(method)


def holds_one(roles: Iterable[str], of: Iterable[str]) -> bool:
    """Whether somebody with these roles holds one of those asked for."""
    return not set(roles).isdisjoint(of)
