"""Surveys in the browser: loaded with every problem told, answered, read, closed; and nothing about a few, nowhere."""

import csv
import io

from bot.conversation.prompt import Receipt
from handlers.surveys.opening import open_survey
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.factories import a_person
from tests.surveys.asking import SURVEY, answer, answered, applied, opened
from tests.web.conftest import SignIn


async def a_coordinator(store: Store, *roles: str) -> Person:
    async with store.transaction() as uow:
        return await a_person(uow, "Cora", roles=list(roles or ("coordinator",)))


async def test_a_coordinator_starts_from_a_shipped_survey_and_opens_it(sqlite_store: Store, signed_in: SignIn) -> None:
    browser = await signed_in(await a_coordinator(sqlite_store))
    page = await browser.open("/ops/surveys")
    assert page.status == 200
    new = await browser.open("/ops/surveys/new?start=working-well")
    checked = await browser.press(new, "Check it")
    assert "This can be kept" in checked.text
    async with sqlite_store.reading() as uow:
        assert await uow.surveys.all() == [], "checking keeps nothing"
    kept = await browser.press(checked, "Keep it")
    assert kept.path == "/ops/surveys/working-well-2026-11"
    begun = await browser.press(kept, "Open it and invite 2 people")
    assert "2 people are invited" in begun.text
    closed = await browser.press(begun, "Close it now")
    assert "State closed" in closed.text


async def test_a_wrong_survey_is_answered_with_every_problem_and_stays_in_the_box(
    sqlite_store: Store, signed_in: SignIn
) -> None:
    browser = await signed_in(await a_coordinator(sqlite_store))
    wrong = SURVEY.replace("type: multi", "type: mulit").replace("mode: confidential", "mode: anonymous")
    page = await browser.press(await browser.open("/ops/surveys/new"), "Keep it", text=wrong)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "E226" in page.text
    assert "E309" in page.text
    assert "mulit" in dict(page.fields("Keep it"))["text"]


async def test_a_file_of_another_kind_is_refused_kindly(sqlite_store: Store, signed_in: SignIn) -> None:
    browser = await signed_in(await a_coordinator(sqlite_store))
    page = await browser.press(await browser.open("/ops/surveys/new"), "Keep it", text="herald_deadlines: 1")
    assert page.status == 422
    assert "herald_survey: 1" in page.text


async def test_a_survey_without_an_audience_says_so_instead_of_offering_to_open(
    sqlite_store: Store, signed_in: SignIn
) -> None:
    browser = await signed_in(await a_coordinator(sqlite_store))
    await applied(sqlite_store, SURVEY.replace("audience: {everyone: true}\n", ""))
    page = await browser.open("/ops/surveys/autumn")
    assert "does not say whom it asks" in page.text
    assert not [button for button in page.soup.find_all("button") if "Open it" in button.get_text()]


async def test_somebody_answers_on_the_web_and_changes_the_answer(
    sqlite_store: Store, signed_in: SignIn, ada: Person
) -> None:
    await opened(sqlite_store)
    browser = await signed_in(ada)
    page = await browser.press(await browser.open("/surveys"), "Answer")
    assert "Confidential" in page.text
    page = await browser.press(page, "Continue", q__role="manager")
    page = await browser.press(page, "Continue", q__helps=["time", "team"])
    page = await browser.press(page, "Continue", q__useful="5")
    page = await browser.press(page, "Continue", q__again="yes", q__one_word="steady")
    assert page.heading == "Check your answers", page.text
    page = await browser.press(page, "Send my answers")
    assert "Thank you for telling us." in page.text
    mine = await browser.open("/surveys")
    assert "You have replied" in mine.text
    again = await browser.press(mine, "Change my answers")
    assert again.soup.find("input", {"value": "manager", "checked": True}) is not None


async def test_the_page_and_its_file_hide_four_and_show_five(
    sqlite_store: Store, signed_in: SignIn, ada: Person
) -> None:
    analyst = await a_coordinator(sqlite_store, "analyst")
    async with sqlite_store.transaction() as uow:
        people = [await a_person(uow, f"Bea {number}", agency_id="northmere-police") for number in range(5)]
    await opened(sqlite_store)
    browser = await signed_in(analyst)
    for number in (4, 5):
        await answered(sqlite_store, people[:number])
        page = await browser.open("/ops/surveys/autumn")
        assert ("fewer than 5 so far" in page.text) == (number < 5)
        numbers = {cell.get_text(strip=True) for cell in page.soup.select("td.number")}
        assert (numbers == {"hidden"}) == (number < 5)
        response = await browser.http.get("/ops/surveys/autumn/results.csv")
        table = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
        assert ({row["Number"] for row in table if row["Question"]} == {"hidden"}) == (number < 5)
    assert not [button for button in page.soup.find_all("button") if "Close" in button.get_text()], "analysts only look"
    assert (await browser.http.post("/ops/surveys/autumn/close", data={})).status_code == 403


async def test_results_are_not_for_everybody(sqlite_store: Store, signed_in: SignIn, ada: Person) -> None:
    await opened(sqlite_store)
    browser = await signed_in(ada)
    for path in ("/ops/surveys", "/ops/surveys/autumn", "/ops/surveys/autumn/results.csv", "/ops/surveys/new"):
        assert (await browser.open(path)).status == 403


async def test_an_unknown_survey_is_a_kind_404(sqlite_store: Store, signed_in: SignIn) -> None:
    browser = await signed_in(await a_coordinator(sqlite_store))
    for path in ("/ops/surveys/none", "/ops/surveys/none/results.csv", "/ops/surveys/none/results.doc"):
        assert (await browser.open(path)).status == 404


async def test_pressing_open_twice_invites_once(sqlite_store: Store, signed_in: SignIn) -> None:
    browser = await signed_in(await a_coordinator(sqlite_store))
    await applied(sqlite_store)
    page = await browser.open("/ops/surveys/autumn")
    await browser.press(page, "Open it and invite 2 people")
    again = await browser.press(page, "Open it and invite 2 people")
    assert again.status == 200
    async with sqlite_store.transaction() as uow:
        assert (await open_survey(uow, survey_id="autumn")).invited == 0
        assert (await uow.surveys.counts("autumn"))[0] == 2


async def test_a_reply_is_erased_for_whoever_gives_the_code_and_a_wrong_code_is_said_kindly(
    sqlite_store: Store, signed_in: SignIn, ada: Person
) -> None:
    await opened(sqlite_store)
    receipt = await answer(sqlite_store, ada)
    assert isinstance(receipt, Receipt)
    browser = await signed_in(await a_coordinator(sqlite_store))
    page = await browser.open("/ops/surveys/autumn")
    wrong = await browser.press(page, "Erase this reply", code="AAAA-BBBB-CCCC")
    assert (wrong.status, "letter by letter" in wrong.text) == (422, True)
    right = await browser.press(page, "Erase this reply", code=receipt.reference)
    assert "The reply is erased" in right.text
