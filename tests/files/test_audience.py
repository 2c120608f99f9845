"""Who is meant by an audience."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.audience import Audience, PersonFacts
from bot.files.survey import parse_survey
from tests.files.samples import KNOWN, SURVEY

ADA = PersonFacts(
    email="ada@example.org",
    roles=frozenset({"practitioner", "manager"}),
    sector="police",
    agency="northmere-police",
    area="Northmere",
    level=3,
    champion="active",
    series=frozenset({"main"}),
)


def audience(written: str) -> Audience:
    found = parse_survey(SURVEY.replace("{everyone: true}", written), KNOWN).value.audience
    assert found is not None
    return found


@pytest.mark.parametrize(
    "written",
    [
        "{everyone: true}",
        "{roles: manager}",
        "{roles: [analyst, manager]}",
        "{sectors: [Police]}",
        "{levels: [3, 4], champion: active}",
        "{series: main, areas: northmere}",
        "{people: [ADA@example.org]}",
        "{everyone: true, exclude: {sectors: schools}}",
    ],
)
def test_ada_is_meant(written: str) -> None:
    assert audience(written).matches(ADA)


@pytest.mark.parametrize(
    "written",
    [
        "{roles: analyst}",
        "{roles: manager, sectors: health}",
        "{levels: 4}",
        "{champion: [mailing-list, 'no']}",
        "{everyone: true, exclude: {people: ada@example.org}}",
        "{sectors: police, exclude: {levels: [3]}}",
    ],
)
def test_ada_is_not_meant(written: str) -> None:
    assert not audience(written).matches(ADA)


def test_an_audience_that_names_nobody_means_nobody() -> None:
    assert not Audience().matches(ADA)


def test_someone_who_left_the_series_is_no_longer_meant() -> None:
    assert not audience("{series: main}").matches(replace(ADA, series=frozenset()))


@given(
    roles=st.sets(st.sampled_from(["manager", "analyst"])),
    levels=st.sets(st.sampled_from([1, 2, 3, 4])),
    excluded=st.sets(st.sampled_from(["ada@example.org", "ben@example.org"])),
)
def test_more_keys_never_mean_more_people(roles: set[str], levels: set[int], excluded: set[str]) -> None:
    wide = Audience(roles=tuple(roles)) if roles else Audience(everyone=True)
    narrow = replace(wide, everyone=False, levels=tuple(levels)) if levels and roles else wide
    narrower = replace(narrow, exclude=Audience(people=tuple(excluded)))
    assert wide.matches(ADA) or not narrow.matches(ADA)
    assert narrow.matches(ADA) or not narrower.matches(ADA)
