"""What is shown of the answers: nothing for fewer than five, nowhere."""

import csv
import io

import pytest
from openpyxl import load_workbook

from handlers.surveys.exporting import HIDDEN, as_csv, as_html, as_xlsx
from handlers.surveys.results import Json, status_of
from storage.unit_of_work import Store
from tests.surveys.asking import NAMED, SURVEY, a_register, answered, cell, figure, opened, results

THREE = ("northmere-police", "northmere-health", "hilltop-school")


def table(found: Json) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(found))))


@pytest.mark.parametrize(("text", "survey_id"), [(SURVEY, "autumn"), (NAMED, "named-autumn")])
async def test_four_replies_are_hidden_everywhere_and_five_are_shown(store: Store, text: str, survey_id: str) -> None:
    people = await a_register(store, 8)
    await opened(store, text, survey_id)
    await answered(store, people[:4], subject=survey_id)
    four = await results(store, survey_id)
    assert all(each["answered"] is None and each["mean"] is None for each in four["questions"])
    assert all(choice["n"] is None for each in four["questions"] for choice in each["choices"])
    assert all(each["n"] is None for cut in four["cuts"] for each in cut["cells"])
    assert all(rate["replied"] is None for rate in four["rates"])
    assert set(four["comments"].values()) == {None}
    shown = {row["Number"] for row in table(four) if row["Asked"] != "Invited"}
    assert shown == ({HIDDEN} if survey_id == "autumn" else {HIDDEN, "4"}), "named: how many replied is no secret"
    assert "steady" not in as_csv(four) + as_html(four)

    await answered(store, people[4:5], subject=survey_id)
    five = await results(store, survey_id)
    assert figure(five, "useful")["answered"] == 5
    assert figure(five, "useful")["mean"] == 4.0
    assert [choice["n"] for choice in figure(five, "helps")["choices"]] == [5, 5]
    assert cell(five, "agency", "northmere-police")["n"] == 5
    assert (
        next(row["Number"] for row in table(five) if row["Question"] == "useful" and row["Answer"] == "Mean") == "4.0"
    )


async def test_status_does_not_say_how_many_of_a_few(store: Store) -> None:
    people = await a_register(store, 8)
    await opened(store)
    for number in (4, 5):
        await answered(store, people[:number])
        async with store.reading() as uow:
            status = (await status_of(uow, survey_id="autumn")).as_json()
        assert status == {"id": "autumn", "state": "open", "invited": 8, "replied": None if number < 5 else 5}


async def test_a_lone_small_group_takes_the_next_smallest_with_it(store: Store) -> None:
    people = await a_register(store, 24, agencies=THREE)
    await opened(store)
    police, health, school = (people[place::3] for place in range(3))
    await answered(store, [*police[:8], *health[:6], *school[:2]])
    found = await results(store)
    shown = {value: cell(found, "agency", value)["n"] for value in THREE}
    assert shown == {"northmere-police": 8, "northmere-health": None, "hilltop-school": None}
    hidden = cell(found, "agency", "northmere-health")["questions"]
    assert all(each["answered"] is None and each["mean"] is None for each in hidden)
    rates = {rate["value"]: rate["replied"] for rate in found["rates"]}
    assert rates == {"northmere-police": 8, "northmere-health": None, "hilltop-school": None}
    lines = [row for row in table(found) if "Community Health" in row["Group"]]
    assert {row["Number"] for row in lines} == {HIDDEN}


async def test_not_applicable_and_rather_not_stand_apart_and_count_in_no_mean(store: Store) -> None:
    people = await a_register(store, 8)
    await opened(store)
    await answered(store, people[:5], useful="5")
    await answered(store, people[5:], useful="not_applicable", again="prefer_not")
    found = await results(store)
    useful, again = figure(found, "useful"), figure(found, "again")
    assert (useful["answered"], useful["not_applicable"], useful["mean"]) == (5, 3, 5.0)
    assert (again["answered"], again["prefer_not"]) == (5, 3)
    assert "not_applicable" not in {choice["value"] for choice in useful["choices"]}


async def test_comments_wait_for_ten_and_never_stand_in_a_group(store: Store) -> None:
    people = await a_register(store, 12)
    await opened(store)
    for number, person in enumerate(people):
        if number == 9:
            assert (await results(store))["comments"]["one_word"] is None
        await answered(store, [person], one_word=f"word{number}")
    found = await results(store)
    assert sorted(found["comments"]["one_word"]) == sorted(f"word{number}" for number in range(12))
    assert found["comments"]["one_word"] != [f"word{number}" for number in range(12)], "not in the order of arrival"
    assert "word3" not in str(found["cuts"])


async def test_hostile_words_stay_words_in_every_file(store: Store) -> None:
    people = await a_register(store, 12)
    await opened(store, SURVEY.replace("label: My team", 'label: "=SUM(A1)"'))
    hostile = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "<script>alert(1)</script>", "\t=1", "plain")
    for number, person in enumerate(people):
        await answered(store, [person], one_word=hostile[number % len(hostile)])
    found = await results(store)
    for row in csv.reader(io.StringIO(as_csv(found))):
        assert not any(each[:1] in "=+-@|\t" for each in row if each), row
    assert "<script>" not in as_html(found)
    sheet = load_workbook(io.BytesIO(as_xlsx(found))).active
    assert sheet is not None
    assert not any(each.data_type == "f" for line in sheet.iter_rows() for each in line)


async def test_a_sensitive_question_does_not_say_that_all_of_a_few_said_the_same(store: Store) -> None:
    people = await a_register(store, 6)
    text = SURVEY.replace("        type: yes_no\n", "        type: yes_no\n        sensitive: true\n")
    await opened(store, text)
    await answered(store, people)
    assert {choice["n"] for choice in figure(await results(store), "again")["choices"]} == {None}
