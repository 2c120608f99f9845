"""The tables by subject. Importing this package makes the whole schema known."""

from storage.tables import (
    audit,
    base,
    briefings,
    bulletins,
    conversations,
    deadlines,
    deliveries,
    escalations,
    mail,
    people,
    pledges,
    surveys,
)

__all__ = [
    "audit",
    "base",
    "briefings",
    "bulletins",
    "conversations",
    "deadlines",
    "deliveries",
    "escalations",
    "mail",
    "people",
    "pledges",
    "surveys",
]
