"""Law 8, no child's details: every free-text box passes through here before anything is stored.

The person is shown what was found and chooses to remove or to edit it; flagged text lives only in the answer to that
request. Nothing leaves this machine. Source: reference/surveys-pledges.md 6, settled.md "Identifier check".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from bot.rules.identifier_names import names
from bot.rules.identifier_patterns import DETECTORS, Found, Kind, detectors_for
from bot.rules.plain_text import plain_text

_PRECEDENCE = {
    kind: place for place, kind in enumerate((*DETECTORS, Kind.TEN_DIGITS, Kind.FAMILY_NAME, Kind.PERSON_NAME))
}

_ADDRESSES = (Kind.URL, Kind.EMAIL)


@dataclass(frozen=True)
class Profile:
    """What a box must not hold. `name` is for logs."""

    name: str
    kinds: frozenset[Kind]


PRACTICE_TEXT = Profile("practice text", frozenset(Kind))
"""Comments, pledges, reasons: nothing that could point to a person."""

OWN_REFERENCE = Profile("own reference", frozenset(Kind) - {Kind.CASE_REFERENCE, Kind.TEN_DIGITS})
"""An escalation's own reference may be a case reference, of ten digits too, but never an NHS number."""

BULLETIN = Profile(
    "bulletin",
    frozenset({Kind.NHS_NUMBER, Kind.UPN, Kind.NINO, Kind.BIRTH_DATE, Kind.FAMILY_NAME}),
)
"""Children's identifiers only. A bulletin has to name dates, venues, phone numbers and the people who run things."""


@dataclass(frozen=True)
class Span:
    """A find in the text as it was typed; `kind` says in plain words what it seems to be."""

    start: int
    end: int
    kind: Kind

    @property
    def label(self) -> str:
        return self.kind.value


def find(
    text: str, *, profile: Profile, known_names: Collection[str] = (), today: date | None = None
) -> tuple[Span, ...]:
    """Everything in a text that its box must not hold, in order, without overlaps, as spans of the text as typed.

    `known_names`: names of the register, found whatever their case. `today` (local) tells dates that may be a child's
    date of birth from older ones and from dates to come; without it every full date counts.
    """
    plain = plain_text(text)
    found = [find for detector in detectors_for(plain.text) for find in detector(plain.text, today)]
    found += names(plain.text, known_names)
    spans = (Span(*plain.original(f.start, f.end), f.kind) for f in _merged(found, profile))
    return tuple(spans)


def remove(text: str, spans: Iterable[Span]) -> str:
    """The text with each find replaced by words such as `[removed: NHS number]`."""
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        text = f"{text[: span.start]}[removed: {span.label}]{text[span.end :]}"
    return text


def _merged(found: Iterable[Found], profile: Profile) -> list[Found]:
    """Overlapping finds become one, under the kind that takes precedence; a kind that this box forbids comes first.

    An address still takes what lies wholly within it: the digits of a web address are part of the address.
    """
    merged: list[Found] = []
    for one in sorted(found, key=lambda find: (find.start, -find.end)):
        if not merged or one.start >= merged[-1].end:
            merged.append(one)
            continue
        last = merged[-1]
        if last.kind in _ADDRESSES and one.end <= last.end:
            continue
        kind = min(last.kind, one.kind, key=lambda kind: (kind not in profile.kinds, _PRECEDENCE[kind]))
        merged[-1] = Found(last.start, max(last.end, one.end), kind)
    return [find for find in merged if find.kind in profile.kinds]
