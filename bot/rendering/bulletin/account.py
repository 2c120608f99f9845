"""What the live blocks `pledge` and `done` say of the time that has passed: figures in whole sentences, nobody named.

Every figure about people's answers keeps the floor of bot/rules/release.py; how many came to a session is always said
with how many agencies they came from (domain.md, "Briefings and events").
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.files.bulletin_model import Bullets, Paragraph, Span, Spans
from bot.rules.release import publishable, publishable_total

MOST_OF_EACH = 8
"""Sessions, steps and surveys that one account names at most, the latest first."""
NOTHING_DONE = "Nothing has been finished since then; we say here what is, as soon as it is."


@dataclass(frozen=True, slots=True)
class Pledged:
    """The pledges to a priority (empty text: to anything), and how their makers judged them when last asked."""

    priority: str
    made: int
    kept: int = 0
    partly: int = 0
    otherwise: int = 0

    @property
    def judged(self) -> int:
        """How many pledges their makers have said something about."""
        return self.kept + self.partly + self.otherwise


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A session that took place. `on` is a local date in words."""

    title: str
    on: str
    came: int
    agencies: int


@dataclass(frozen=True, slots=True)
class FinishedStep:
    """Something that was due and is done. `on` is a local date in words."""

    title: str
    on: str
    in_time: bool


@dataclass(frozen=True, slots=True)
class HeardSurvey:
    """A survey that has ended; `replied` is None where the number is too small to be shown."""

    title: str
    invited: int
    replied: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done for a priority (empty text: by the partnership). `since` is a local date in words."""

    priority: str
    since: str
    sessions: tuple[HeldSession, ...] = ()
    steps: tuple[FinishedStep, ...] = ()
    surveys: tuple[HeardSurvey, ...] = ()


def pledges_in_words(pledged: Pledged) -> str:
    """One or two sentences; empty where the figures are too small to be shown."""
    made = publishable_total(pledged.made)
    if made is None:
        return ""
    said = f"{made} pledges have been made so far."
    shown = publishable({"kept": pledged.kept, "partly": pledged.partly, "otherwise": pledged.otherwise})
    if (kept := shown["kept"]) is None:
        return said
    partly = f" and {shown['partly']} in part" if shown["partly"] else ""
    return f"{said} Of the {pledged.judged} whose makers told us how it went, {kept} were kept{partly}."


def account_in_words(done: Done) -> tuple[Paragraph | Bullets, ...]:
    """A lead and a list, or a sentence that says that there is nothing yet."""
    items = (*_sessions(done), *_steps(done), *_surveys(done))
    lead = Paragraph((Span(f"Since {done.since}:" if items else f"Since {done.since}: {_small(NOTHING_DONE)}"),))
    return (lead, Bullets(items)) if items else (lead,)


def _small(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _sessions(done: Done) -> Iterator[Spans]:
    for each in done.sessions:
        people = "1 person" if each.came == 1 else f"{each.came} people"
        agencies = (
            " from 1 agency" if each.agencies == 1 else f" from {each.agencies} agencies" if each.agencies else ""
        )
        yield Span(each.title, strong=True), Span(f" ({each.on}): {people}{agencies} came.")


def _steps(done: Done) -> Iterator[Spans]:
    for each in done.steps:
        yield Span(each.title, strong=True), Span(f": done on {each.on}{', in time' if each.in_time else ''}.")


def _surveys(done: Done) -> Iterator[Spans]:
    for each in done.surveys:
        replied = "" if each.replied is None else f" {each.replied} of {each.invited} colleagues replied."
        yield Span(each.title, strong=True), Span(f": the survey is closed.{replied} Thank you.")
