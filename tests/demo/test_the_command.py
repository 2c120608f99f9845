"""`herald demo` from outside: one command, one line, an invented partnership in the browser."""

import asyncio
import re
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from bs4 import BeautifulSoup
from sqlalchemy import create_engine, text

from bot.demo.folder import DATABASE, MARK, MARK_TEXT
from storage import schema
from tests.demo.process import ENDS_WITHIN_S, RunningDemo, Visitor, running_demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(folder: Path) -> AsyncIterator[RunningDemo]:
    async with running_demo(folder) as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_first_line_says_what_to_open(demo: RunningDemo) -> None:
    assert re.fullmatch(r"Open http://127\.0\.0\.1:\d+/demo", demo.first_line)


async def test_the_page_says_what_this_is_and_offers_people_and_jobs(demo: RunningDemo) -> None:
    page = await Visitor(demo.url).look("/demo")
    assert "invented" in page.get_text()
    buttons = [button.get_text(strip=True) for button in page.find_all("button")]
    assert "Answer a survey as Ffion Griffiths" in buttons
    assert "Release a bulletin as Priya Nair" in buttons
    assert "Web pages as Ada" in buttons


async def test_somebody_not_on_the_page_is_found_by_search(demo: RunningDemo) -> None:
    page = await Visitor(demo.url).look("/demo?q=boyd")
    assert "Alistair Boyd" in page.get_text()
    nobody = await Visitor(demo.url).look("/demo?q=nobody-is-called-this")
    assert "Nobody in Northmere" in nobody.get_text()


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("Web pages as Ada", "Ada Whitcombe"),
        ("See the whole day as Ada Whitcombe", "Overdue: Section 11 return of the hospital trust"),
        ("Answer an escalation as Bernadette Osei", "I have this"),
        ("Take the seat you are offered as Callum Reid", "Accept"),
        ("Book a briefing as Dev Malhotra", "1 of 20 seats left"),
        ("Release a bulletin as Priya Nair", "e-bulletin"),
        ("Read results as Tom Ashworth", "Sharing information between agencies"),
        ("Follow the deadlines as Ada Whitcombe", "Rapid review RR17"),
        ("Raise an escalation as Dev Malhotra", "danger"),
        ("Make a pledge as Callum Reid", "What will you do next?"),
    ],
)
async def test_every_button_leads_where_it_says(demo: RunningDemo, button: str, expected: str) -> None:
    visitor = Visitor(demo.url)
    answer = await visitor.press(await visitor.look("/demo"), button)
    assert answer.status_code == 200
    assert expected in BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)
    assert "A demo with invented people" in answer.text


async def test_a_nurse_opens_her_slack_and_sees_what_needs_her(demo: RunningDemo) -> None:
    visitor = Visitor(demo.url)
    answer = await visitor.press(await visitor.look("/demo"), "Answer a survey as Ffion Griffiths")
    text = BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)
    assert "/home" in str(answer.url)
    assert "When a young person goes missing" in text
    assert "How is your pledge going?" in text


async def test_the_inbox_shows_the_mail_of_the_last_days(demo: RunningDemo) -> None:
    visitor = Visitor(demo.url)
    page = await visitor.look("/demo/inbox?q=callum.reid")
    assert "A seat for you: Signs of Safety in practice" in page.get_text()
    assert "Resources of" in page.get_text()
    whole = await visitor.look("/demo/inbox")
    assert len(whole.select("a[href^='/demo/inbox/']")) >= 20


async def test_a_survey_is_answered_by_e_mail_from_the_inbox(demo: RunningDemo) -> None:
    visitor = Visitor(demo.url)
    answer = await visitor.press(await visitor.look("/demo"), "Answer a survey by e-mail as Callum Reid")
    mails = BeautifulSoup(answer.text, "html.parser")
    link = next(link for link in mails.find_all("a") if link.get_text(strip=True) == "Planning the spring forum")
    form = (await visitor.look(str(link["href"]))).select_one("form[method=post]")
    assert form is not None
    sent = await visitor.ask("POST", str(form["action"]), {"text": "1. Lunchtime\n2. No"})
    assert "Herald has taken your reply" in sent.text
    async with asyncio.timeout(ENDS_WITHIN_S):
        while "Re: Planning the spring forum" not in sent.text:
            await asyncio.sleep(0.1)
            sent = await visitor.ask("GET", "/demo/inbox?q=callum.reid")
    page = BeautifulSoup(sent.text, "html.parser")
    link = next(link for link in page.find_all("a") if link.get_text(strip=True) == "Re: Planning the spring forum")
    assert "What should we talk about first?" in (await visitor.look(str(link["href"]))).get_text()


async def test_nothing_in_the_background_has_gone_wrong(demo: RunningDemo) -> None:
    visitor = Visitor(demo.url)
    assert (await visitor.ask("GET", "/health/ready")).status_code == 200
    assert (await visitor.ask("GET", "/health/worker")).status_code == 200
    await visitor.press(await visitor.look("/demo"), "See the whole day as Ada Whitcombe")
    assert "did not reach anybody" not in (await visitor.look("/ops")).get_text()


async def test_a_second_start_goes_on_with_what_was_done(demo: RunningDemo, folder: Path) -> None:
    visitor = Visitor(demo.url)
    page = await visitor.look("/demo")
    answer = await visitor.press(page, "Answer an escalation as Bernadette Osei")
    taken = await visitor.press(BeautifulSoup(answer.text, "html.parser"), "I have this")
    assert "you have this" in taken.text
    mails = len(list((folder / "inbox").glob("*.eml")))
    code, seconds = await demo.stop()
    assert code == 0
    assert seconds < ENDS_WITHIN_S
    async with running_demo(folder) as again:
        visitor = Visitor(again.url)
        answer = await visitor.press(await visitor.look("/demo"), "Answer an escalation as Bernadette Osei")
        text = BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)
        assert "E-20" in text
        assert "I have this" not in text
        assert len(list((folder / "inbox").glob("*.eml"))) >= mails


async def test_the_secret_key_is_random_and_for_its_owner_alone(folder: Path, tmp_path: Path) -> None:
    key = folder / "secret-key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text()) >= 32


async def test_a_port_that_is_taken_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError, match=f"Port {port} is not free.*--port"):
            async with running_demo(tmp_path / "data", port=port):
                pass
    assert not (tmp_path / "data").exists()


async def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(AssertionError, match="holds something else"):
        async with running_demo(tmp_path):
            pass
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def demo_at(folder: Path, revision: str) -> None:
    """What a demo of another Herald left: its mark, and a database at that schema."""
    folder.mkdir()
    (folder / MARK).write_text(MARK_TEXT, encoding="utf-8")
    engine = create_engine(f"sqlite:///{folder / DATABASE}")
    with engine.begin() as connection:
        schema.lay(connection, "0001")
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


async def test_the_demo_of_an_earlier_herald_goes_on(tmp_path: Path) -> None:
    demo_at(tmp_path / "data", "0001")
    async with running_demo(tmp_path / "data") as running:
        assert running.first_line.startswith("Open ")


async def test_the_demo_of_a_newer_herald_says_how_to_begin_afresh(tmp_path: Path) -> None:
    demo_at(tmp_path / "data", "9999")
    with pytest.raises(AssertionError, match="herald demo --reset"):
        async with running_demo(tmp_path / "data"):
            pass
