"""Advice that needs the register: breakdowns that would show little, because their groups are small (W210, W211)."""

from collections import Counter

from bot.files.problems import Problem
from bot.files.survey_model import Cut, SurveyFile
from bot.files.survey_places import Places
from handlers.audience import people_in
from handlers.surveys.limits import roster_facts
from storage.unit_of_work import UnitOfWork

NAMED = 5


async def advice_on_cuts(uow: UnitOfWork, survey: SurveyFile, document: str) -> tuple[Problem, ...]:
    """W210 for groups that will be hidden, W211 where most of a breakdown is likely to be."""
    if survey.audience is None or not survey.privacy.cuts:
        return ()
    facts = [await roster_facts(uow, person) for person in await people_in(uow, survey.audience)]
    names = {agency.id: agency.name for agency in await uow.people.agencies()}
    places = Places(document)
    found = []
    for cut in survey.privacy.cuts:
        said = _on_cut(survey, cut, facts, names)
        if said is not None:
            at = places.item("privacy", "cuts", id=cut.id)
            found.append(Problem(said[0], *at, "cuts", said[1], "warning"))
    return tuple(found)


def _on_cut(survey: SurveyFile, cut: Cut, facts: list[dict[str, str]], names: dict[str, str]) -> tuple[str, str] | None:
    floor = survey.privacy.min_group
    sizes = Counter(each[cut.id] for each in facts if each.get(cut.id)) if cut.source == "roster" else Counter()
    groups = len(sizes) if cut.source == "roster" else _answers(survey, cut)
    if facts and groups > 1 and len(facts) < groups * floor:
        return "W211", (
            f"{cut.id} divides {len(facts)} people into {groups} groups; with fewer than {floor} in each, most will be "
            "hidden. Take a coarser one, or leave it out."
        )
    small = sorted(names.get(value, value) for value, size in sizes.items() if size < floor)
    if small:
        shown = ", ".join(small[:NAMED]) + (" …" if len(small) > NAMED else "")
        return "W210", (
            f"{'1 group' if len(small) == 1 else f'{len(small)} groups'} of {cut.id} with fewer than {floor} people in "
            f"this audience will be hidden: {shown}. Ask more people there, or take a coarser breakdown."
        )
    return None


def _answers(survey: SurveyFile, cut: Cut) -> int:
    return next((len(each.values()) for each in survey.questions() if each.id == cut.question), 0)
