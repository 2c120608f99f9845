"""The words that several files share (contract: people.csv, audience)."""

ROLES = (
    "practitioner",
    "manager",
    "executive",
    "coordinator",
    "publisher",
    "escalation-lead",
    "analyst",
    "auditor",
    "admin",
)
CHAMPION_TIERS = ("active", "mailing-list", "no")
LEVELS = (1, 2, 3, 4)
