"""Choosing one agency among few or many: in an area with hundreds of schools the sector is asked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.conversation.conditions import Answers, Leaf
from bot.conversation.flow import MAX_LABEL, MAX_OPTIONS, Choice, Kind, Question, Step

AGENCY = "other_agency"
DRAWER = "drawer"
SOME_AT_ONCE = 90
"""How many agencies one drawer holds, well below Slack's 100 options."""


@dataclass(frozen=True, slots=True)
class AgencyNamed:
    """An agency as it is offered. `refused`: why this one cannot be chosen, where it cannot."""

    id: str
    name: str
    sector: str
    refused: str = ""

    def as_choice(self) -> Choice:
        """The agency as an option; a very long name is cut to what a list can show."""
        return Choice(self.id, self.name[:MAX_LABEL], refused=self.refused)


def one_list(agencies: Sequence[AgencyNamed], *, ask: str) -> tuple[Question, ...]:
    """The question that offers all agencies; none when they do not fit into one list."""
    return (_question(AGENCY, ask, agencies),) if len(agencies) <= MAX_OPTIONS else ()


def by_drawer(agencies: Sequence[AgencyNamed], *, ask: str) -> tuple[Step, ...]:
    """The steps that ask for the part of the partnership, then for the agency; none when one list holds them all."""
    if len(agencies) <= MAX_OPTIONS:
        return ()
    drawers = _drawers(agencies)
    labels = tuple(Choice(str(number), label) for number, label in enumerate(drawers, start=1))
    part = Question(DRAWER, "In which part of the partnership is it?", Kind.SINGLE, choices=labels)
    lists = (
        Step(
            f"agency-{number}",
            ask,
            (_question(f"{AGENCY}_{number}", ask, held),),
            show_if=Leaf(DRAWER, "is", str(number)),
        )
        for number, held in enumerate(drawers.values(), start=1)
    )
    return (Step("part", "Which part of the partnership?", (part,)), *lists)


def chosen_agency(answers: Answers) -> str:
    """The agency that was chosen, from whichever drawer. Raises KeyError when none was."""
    for key, value in answers.items():
        if key == AGENCY or key.startswith(f"{AGENCY}_"):
            return str(value)
    raise KeyError(AGENCY)


def _question(key: str, ask: str, agencies: Sequence[AgencyNamed]) -> Question:
    return Question(key, ask, Kind.SINGLE, choices=tuple(agency.as_choice() for agency in agencies))


def _drawers(agencies: Sequence[AgencyNamed]) -> Mapping[str, Sequence[AgencyNamed]]:
    """Agencies by sector; a sector that is too large for one list by its names in order: "schools: A to F"."""
    ordered = sorted(agencies, key=lambda agency: (agency.sector.casefold(), agency.name.casefold()))
    drawers: dict[str, Sequence[AgencyNamed]] = {}
    for sector, group in groupby(ordered, key=lambda agency: agency.sector):
        held = list(group)
        pieces = [held[start : start + SOME_AT_ONCE] for start in range(0, len(held), SOME_AT_ONCE)]
        for piece in pieces:
            label = sector if len(pieces) == 1 else f"{sector}: {piece[0].name} to {piece[-1].name}"
            drawers[label[: MAX_LABEL - 4] if len(label) > MAX_LABEL else label] = piece
    return drawers
