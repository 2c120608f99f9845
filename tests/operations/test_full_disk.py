"""A disk that takes nothing any more: a clear 503, no half record, and all goes on by itself when there is room again.

The process is a real `herald serve`; the operating system refuses its writes (RLIMIT_FSIZE) until it is told otherwise.
"""

import resource
import sqlite3
from pathlib import Path

import httpx
import pytest

from bot.clock import system_clock
from bot.demo.slack import Workspace
from tests.campaigns.crew import OnTheWire
from tests.campaigns.judge import sound
from tests.campaigns.northmere import SECRET, Northmere
from tests.campaigns.process import Running

NO_ROOM = 2048  # bytes: less than one page of SQLite
WORDS = "I will ask the young person first"

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of a running process are Linux's")


def room(process: Running, size: int) -> None:
    """How large a file may become that the process writes."""
    assert process.process is not None
    _, most = resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (size, most))


async def test_a_full_disk_is_said_nothing_is_half_kept_and_it_goes_on_when_there_is_room(
    sqlite_url: str, tmp_path: Path
) -> None:
    northmere = Northmere(sqlite_url, Workspace([], clock=system_clock))
    await northmere.settle_in(readers=1)
    settings = {"HERALD_DATABASE_URL": sqlite_url, "HERALD_SECRET_KEY": SECRET, "HERALD_LOG": "json"}
    herald = Running(("serve",), settings, tmp_path)
    settings["HERALD_BASE_URL"] = herald.url
    browser = OnTheWire(herald.url, cookie=await northmere.cookie("pledging.0@example.org"))
    try:
        await herald.start()
        page = await browser.do(await browser.see("/pledge"), "Make a pledge")
        page = await browser.do(page, "Continue", **{"q.pick": "own_words"})
        room(herald, NO_ROOM)
        refused = await browser.press(page, "Continue", **{"q.own": WORDS})
        assert refused.status == 503
        assert WORDS in refused.response.text
        health = await browser.http.get("/health/ready")
        assert health.status_code == 503
        assert "disk" in health.json()["problems"][0]
        assert (await browser.http.get("/health/live")).status_code == 200
        room(herald, resource.RLIM_INFINITY)
        page = await browser.do(refused, "Try again")
        page = await browser.do(page, "Continue", **{"q.visibility": "private"})
        page = await browser.do(page, "Make this pledge")
        assert "P-" in page.text
        assert (await browser.http.get("/health/ready")).status_code == 200
        assert (await herald.stop())[0] == 0
    except httpx.TransportError as gone:
        raise AssertionError(herald.log.read_text()[-3000:]) from gone
    finally:
        await herald.kill()
        await browser.close()
    sound(sqlite_url)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        assert database.execute("SELECT text FROM pledge").fetchall() == [(WORDS,)]
    database.close()
