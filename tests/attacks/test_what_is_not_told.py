"""A whole run's log lines, health, metrics and error pages hold no name, address, answer, token or secret."""

import logging

import pytest

from bot.keyring import Keyring
from bot.links import Purpose
from bot.logs import JsonLines, TextLines
from tests.attacks.northmere import CONCERN, a_cast, link_to, raised
from tests.conftest import SECRET
from tests.drive import OnSlack, OnTheWeb
from tests.world import SIGNING_SECRET, World, links_in


async def test_nothing_of_a_whole_run_is_told(
    sqlite_world: World, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    world, store = sqlite_world, sqlite_world.herald.store
    caplog.set_level(logging.INFO)
    cast = await a_cast(store)
    nan = await world.person("Nanette", slack=True, agency_id="northmere-health")
    for surface in (OnSlack, OnTheWeb):
        talk = surface(world, nan)
        await talk.start("pledge")
        await talk.answer(pick="Something else, in my own words")
        await talk.answer(own="Planted words of a pledge")
    await raised(store, cast.ada)
    world.sink.refuse("RCPT", "550 5.1.1 no may@example.org here", recipient=cast.may.email)
    await world.tick()
    browser = await world.browser()
    shown = [(await browser.open(path)).response.text for path in ("/health/ready", "/health/worker", "/metrics", "/x")]
    shown.append((await browser.open("/l/alert.damaged")).response.text)
    links = [link for letter in world.letters(nan) for link in links_in(letter)]
    assert links
    lines = [form.format(record) for record in caplog.records for form in (JsonLines(), TextLines())]
    assert lines
    secrets = (SECRET, SIGNING_SECRET, world.stand_in.bot_token)
    told = "\n".join([*lines, *shown, repr(world.settings), repr(keyring)])
    tokens = [link.rsplit("/", 1)[1].partition("?")[0] for link in links]
    for planted in (*secrets, "Planted words", CONCERN, "NH-2291", "Nanette", "@example.org here", *tokens):
        assert planted not in told, planted
    assert not any("may@example.org" in line or "nanette@" in line for line in lines)


async def test_every_place_of_a_token_counts_on_the_real_page(sqlite_world: World, keyring: Keyring) -> None:
    store = sqlite_world.herald.store
    cast = await a_cast(store)
    reference = await raised(store, cast.ada)
    path = link_to(cast.may, Purpose.ALERT, f"{reference}/1", keyring=keyring, store=store)
    browser = await sqlite_world.browser()
    assert (await browser.open(path)).heading == "A colleague asks for your decision"
    last = len(path) - 1  # its last letter holds unused bits of base64 as well
    for place in range(len("/l/"), last):
        flipped = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        page = await browser.open(flipped)
        assert page.status == 404, place
        assert reference not in page.response.text
