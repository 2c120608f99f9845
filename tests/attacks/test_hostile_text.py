"""Words that try to be something else, typed into every free-text box on both surfaces: they stay words everywhere."""

import itertools
import json
import logging

import pytest

from bot.logs import JsonLines
from storage.tables.people import Person
from tests.attacks.northmere import raised
from tests.drive import OnSlack, OnTheWeb
from tests.world import World

HOSTILE = (
    "<!channel> <@U1> <https://evil.example|NHS>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example","x")',
    "\t=1+1",
    "a\r\nBcc: everybody@evil.invalid",
    "a\x0b\x0cb\u2028c\u2029d",
    "\u202egnp.exe\u2066",
    "a\x00b",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "*bold* _it_ ~s~ `c` :smile: &lt;b&gt;",
    "😀🏳️\u200d🌈" * 20,
    "\ud83d half of a pair",
)
FORBIDDEN = ("<script>", "<img src=x", "\x00", "\u202e", "\ud83d half")


async def a_pair(world: World) -> tuple[Person, Person]:
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    may = await world.person("May", slack=True, agency_id="northmere-council", roles=["manager"])
    return ada, may


async def pledge(world: World, ada: Person, talk: OnSlack | OnTheWeb, text: str) -> None:
    """Makes a pledge of these words, as far as Herald takes them."""
    await talk.start("pledge")
    await talk.answer(pick="Something else, in my own words")
    await talk.answer(own=text)
    assert not talk.sees("went wrong"), text
    if talk.sees("Who may see"):
        await talk.answer(visibility="Only me")
    if talk.sees("Check your answers"):
        await talk.send()
        assert talk.sees("Thank you for your pledge"), text
    else:
        async with world.herald.store.transaction() as uow:
            for begun in await uow.conversations.open_of(ada.id):
                uow.conversations.finish(begun, status="cancelled", reference=None, outcome=None)


@pytest.mark.parametrize("surface", [OnSlack, OnTheWeb])
async def test_it_stays_words_on_pages_in_slack_and_in_letters(sqlite_world: World, surface: type) -> None:
    world = sqlite_world
    ada, _ = await a_pair(world)
    talk = surface(world, ada)
    for text in HOSTILE:
        # a browser cannot send half of a pair
        await pledge(world, ada, talk, text.encode("utf-8", "replace").decode() if surface is OnTheWeb else text)
    await world.tick()
    web = OnTheWeb(world, ada)
    for path in ("/me", "/pledge"):
        await web.open(path)
        assert web.page is not None
        assert web.page.status == 200
        assert not any(bad in web.page.response.text for bad in FORBIDDEN)
    for letter in world.letters(ada):
        assert len(letter.get_all("To", [])) == 1
        assert letter["Bcc"] is None
        assert "evil" not in str(letter["Subject"])
    assert {mail.recipient for mail in world.sink.mails} <= {"ada@example.org"}
    for message in world.slack(ada).messages():
        assert "<!channel>" not in json.dumps([block for block in message.blocks if block.get("type") == "section"])
    assert world.stand_in.workspace.complaints == []


@pytest.mark.parametrize("surface", [OnSlack, OnTheWeb])
async def test_words_without_an_end_are_refused_kindly_and_kept(sqlite_world: World, surface: type) -> None:
    ada, _ = await a_pair(sqlite_world)
    talk = surface(sqlite_world, ada)
    await talk.start("pledge")
    await talk.answer(pick="Something else, in my own words")
    if surface is OnSlack:
        talk.slack.fill(talk._block("own"), "and listen " * 10_000)
        await talk.slack.submit(unchecked=True)
    else:
        await talk.answer(own="and listen " * 10_000)
    assert talk.sees("Shorten your answer")


async def test_in_an_escalation_only_its_page_shows_it(sqlite_world: World) -> None:
    world = sqlite_world
    ada, may = await a_pair(world)
    await world.person("Lea", roles=["escalation-lead", "auditor", "admin"])
    browser = await world.signed_in(may)
    for text in (HOSTILE[1], HOSTILE[3], *HOSTILE[5:]):
        reference = await raised(world.herald.store, ada, reason=f"We see it otherwise. {text}")
        page = await browser.open(f"/escalations/{reference}")
        assert page.status == 200
        assert "We see it otherwise" in page.response.text
        assert not any(bad in page.response.text for bad in FORBIDDEN), text
    await world.tick()
    told = "".join(letter.as_string() for letter in world.letters(may))
    told += "".join(json.dumps(message.blocks) for message in world.slack(may).messages())
    assert "We see it otherwise" not in told


async def test_said_to_herald_it_is_answered(sqlite_world: World) -> None:
    ada, _ = await a_pair(sqlite_world)
    slack = sqlite_world.slack(ada)
    plain = [text.encode("utf-8", "replace").decode() for text in HOSTILE]
    for words in [f"{word} {text}" for word in ("", "book", "survey", "cancel") for text in plain]:
        assert (await slack.command("/herald", words)).status == 200
        assert not slack.sees("Something went wrong"), words
        assert (await slack.say(words)).status == 200


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_in_a_log_line_it_is_one_line(text: str) -> None:
    record = logging.LogRecord("herald.web", logging.INFO, "x.py", 1, "seen: %s", (text,), None)
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["level"] == "info"


async def test_in_the_search_of_the_register_it_finds_nobody_and_breaks_nothing(sqlite_world: World) -> None:
    boss = await sqlite_world.person("Coo", roles=["coordinator", "auditor", "admin"])
    browser = await sqlite_world.signed_in(boss)
    asked = [("/ops/people", "q"), ("/ops/audit", "thing"), ("/ops/people/add", "email")]
    for (path, name), text in itertools.product(asked, HOSTILE):
        page = await browser.open(path, params={name: text.encode("utf-8", "replace").decode()})
        assert page.status in (200, 400)
        assert not any(bad in page.response.text for bad in FORBIDDEN[:3])
