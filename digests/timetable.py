"""The whole timetable: every sweep that Herald makes, on one page. Nothing else happens by the clock.

A subject adds its line here. Sweeps that need more than the store (the Slack client) are made by a factory from Tools.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from digests import (
    alarm,
    bookings,
    bulletins,
    deadlines,
    escalations,
    housekeeping,
    merging,
    people,
    pledges,
    second_way,
    surveys,
    talks,
)
from digests.letters import Writers
from digests.sweep import Sweep

SWEEPS: Final[tuple[Sweep, ...]] = (
    *escalations.SWEEPS,
    *second_way.SWEEPS,
    *merging.SWEEPS,
    *bookings.SWEEPS,
    *bulletins.SWEEPS,
    *deadlines.SWEEPS,
    *pledges.SWEEPS,
    *people.SWEEPS,
    *housekeeping.SWEEPS,
    *surveys.SWEEPS,
    *talks.SWEEPS,
)


@dataclass(frozen=True, slots=True)
class Tools:
    """What the background work needs besides the store; `slack` is None where Slack is not set up."""

    slack: AsyncWebClient | None = None
    writers: Writers = field(default_factory=Writers)
    alarm_webhook: str = ""


FACTORIES: Final[tuple[Callable[[Tools], tuple[Sweep, ...]], ...]] = (
    lambda tools: housekeeping.slack_lookup(tools.slack),
    lambda tools: alarm.alarm(tools.alarm_webhook),
)


def all_sweeps(tools: Tools) -> tuple[Sweep, ...]:
    """The timetable of this installation."""
    return (*SWEEPS, *(sweep for factory in FACTORIES for sweep in factory(tools)))
