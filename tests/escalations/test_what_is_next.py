"""Whoever takes an escalation on is never left at a dead end: what is next is said, and the words stand by the answer."""

import json
from pathlib import Path

from bot.keyring import Keyring
from bot.rules.escalation_states import State
from storage.tables.people import Person
from tests.clocks import MovingClock
from tests.drive import OnSlack, OnTheWeb
from tests.web.browser import Page
from tests.world import World, a_world, links_in, path_of

CONCERN = "The plan was closed although two agencies still saw risk"
REFERENCE = "E-2026-0001"
HAND_ON = "Hand it to a colleague"


async def raised(world: World) -> Person:
    """Ada of health raises it in a browser; May of the council, who is asked."""
    ada = await world.person("Ada", agency_id="northmere-health")
    may = await world.person("May", slack=True, agency_id="northmere-council", roles=["manager"])
    await world.person("Lea", agency_id="northmere-police", roles=["escalation-lead"])
    talk = OnTheWeb(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await talk.answer(own_reference="NH-77", reason=CONCERN)
    await talk.send()
    assert talk.sees(REFERENCE)
    await world.tick()
    return may


def buttons(on: OnTheWeb) -> list[str]:
    """What the page of a record offers, in its order: the first is the one that stands out."""
    assert on.page is not None
    return [button.get_text(strip=True) for button in on.page.soup.select("main form.act button")]


def leads(page: Page) -> list[tuple[str, str]]:
    """Where the page leads, apart from what stands on every page."""
    return [(str(link["href"]), link.get_text(strip=True)) for link in page.soup.select("main a.keep")]


async def readings(world: World, person: Person) -> int:
    async with world.herald.store.reading() as uow:
        entries = await uow.audit.latest(thing=REFERENCE)
    return sum(entry.action == "escalation.read" and entry.actor_id == person.id for entry in entries)


async def test_by_the_link_of_a_mail_from_i_have_this_to_the_concern_and_the_answer(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        may = await raised(world)
        browser = await world.browser()
        page = await browser.open(path_of(links_in(world.letter(may, REFERENCE))[0]))
        said = await browser.press(page, "I have this")
        assert said.heading == "Thank you, you have this"
        assert "Next, read what your colleague wrote, and answer it" in said.text
        assert leads(said) == [(f"/escalations/{REFERENCE}", "Read it and answer")]
        assert CONCERN not in said.text
        asked = await browser.open(f"/escalations/{REFERENCE}")
        assert "Sign in" in asked.text, "the link of a mail is no way to the words"
        assert await readings(world, may) == 0

        manager = OnTheWeb(world, may)
        await manager.open(leads(said)[0][0])
        assert manager.sees(CONCERN)
        assert await readings(world, may) == 1
        await manager.press("Write the answer")
        assert manager.page is not None
        assert "your answer" in manager.page.heading
        assert manager.sees(CONCERN), "what they answer to stands above the form"
        assert manager.page.text.index(CONCERN) < manager.page.text.index("What is your answer?")
        assert await readings(world, may) == 2, "and that is a reading, and recorded"
        await manager.answer(words="We look again")
        assert manager.sees("There is a problem")
        assert manager.sees(CONCERN)
        await manager.answer(response="We propose another way", words="We look again")
        await manager.send()
        assert manager.page.heading == "Your answer is sent"
        assert leads(manager.page) == [(f"/escalations/{REFERENCE}", "See where it stands")]


async def test_who_has_it_finds_the_answer_first_and_thinking_it_over_after_it(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        manager = OnTheWeb(world, await raised(world))
        await manager.open(f"/escalations/{REFERENCE}")
        assert buttons(manager) == ["I have this", "Write the answer", "Think it over together first", HAND_ON]
        await manager.press("I have this")
        await manager.open(f"/escalations/{REFERENCE}")
        assert buttons(manager) == ["Write the answer", "Think it over together first", HAND_ON]


async def test_the_lead_who_closes_one_is_led_back_to_all_of_them(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        await raised(world)
        async with world.herald.store.transaction() as uow:
            lead = await uow.people.by_email("lea@example.org")
            escalation = await uow.escalations.by_reference(REFERENCE)
            assert lead is not None
            assert escalation is not None
            escalation.state = State.FINAL_DECISION
        page = OnTheWeb(world, lead)
        await page.open(f"/escalations/{REFERENCE}")
        await page.press("Close it: the decision stands")
        assert page.page is not None
        assert page.page.heading == "Closed"
        assert leads(page.page) == [("/ops/escalations", "Go back to all escalations")]
        assert not page.sees("your answers"), "there are none to go back to"


async def test_a_form_opened_by_a_link_alone_asks_to_sign_in_before_it_shows_the_concern(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        may = await raised(world)
        slack = OnSlack(world, may)
        await slack.act("I have this")
        assert slack.sees("Read it and answer"), "a form in Slack leads on as well"
        form_shown = slack.slack.modal()
        assert form_shown is not None
        assert f"/escalations/{REFERENCE}" in json.dumps(form_shown.blocks)
        await slack.act("Answer")
        assert slack.sees("shown on the web, never in Slack")
        assert not slack.sees(CONCERN)
        view = slack.slack.modal()
        assert view is not None
        (link,) = {part for part in json.dumps(view.blocks).split("<")[1:] if "/l/" in part}
        browser = await world.browser()
        page = await browser.open(path_of(link.split("|")[0]))
        form = await browser.press(page, "Continue")
        assert "your answer" in form.heading
        assert CONCERN not in form.text
        assert leads(form) == [(f"/escalations/{REFERENCE}", f"Read {REFERENCE} first: you are asked to sign in")]
        assert await readings(world, may) == 0
