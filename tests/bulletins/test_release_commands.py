"""`herald bulletin …` while an edition is followed, as a person types it."""

from pathlib import Path

import pytest

from bot.cli.commands.bulletins import SHOWN
from handlers.bulletins.recipient_words import FILTERS
from tests.contract.conftest import Desk
from tests.factories import PARTNERSHIP

BULLETIN = """---
herald_bulletin: 1
id: december
series: main
title: December e-bulletin
audience: {series: main}
---
# A story

Read [the guide](https://example.org/guide).
"""
PEOPLE = """email,name,roles,series
ada@example.org,Ada,coordinator,main
cy@example.org,Cy,practitioner,main
pat@example.org,Pat,publisher,
"""
LATE = "email,name,roles,series\nlate@example.org,Late,practitioner,main\n"


@pytest.fixture
def herald(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Northmere with an author, a reader and a publisher."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, monkeypatch, capsys)
    desk.set(SECRET_KEY="the-secret-of-a-test-installation-long-enough")
    desk.done("migrate")
    desk.done("apply", desk.write("partnership.yaml", PARTNERSHIP))
    desk.done("people", "import", desk.write("people.csv", PEOPLE))
    desk.done("apply", desk.write("december.md", BULLETIN), "--by", "ada@example.org")
    return desk


def test_after_practice_it_is_sent_to_everybody_who_missed_it(herald: Desk) -> None:
    assert "has not been sent yet" in herald.run("bulletin", "send", "december", "--missed").err
    herald.done("bulletin", "approve", "december", "--by", "pat@example.org")
    assert "not a publisher" in herald.run("bulletin", "send", "december", "--by", "ada@example.org").err
    herald.done("bulletin", "send", "december", "--by", "pat@example.org")
    herald.done("tick")
    status = herald.done("bulletin", "status", "december", "--json").data
    assert (status["state"], status["recipients"], status["queued"], status["practice"]) == ("sending", 2, 1, 1)
    assert {"eta", "rate_per_minute", "relay", "summary"} <= status.keys()
    assert status["summary"][0].startswith("0 of 1 have it.")
    said = herald.done("bulletin", "status", "december").out.splitlines()
    assert said[0] == "december is sending: 2 recipients."
    assert [line.split() for line in said[1:3]] == [["waiting", "1"], ["practice", "1"]]
    [_, cy] = herald.done("bulletin", "recipients", "december", "--show", "practice").out.splitlines()
    assert "Practice: not sent" in cy

    herald.set(MODE="live", BASE_URL="https://herald.example.org")
    herald.done("people", "import", herald.write("late.csv", LATE))
    assert herald.run("bulletin", "send", "december", "--missed", "--at", "2099-01-01T09:00").code == 2
    reached = herald.done("bulletin", "send", "december", "--missed", "--by", "pat@example.org")
    assert "On its way to 2 who missed it" in reached.err
    assert "Nobody has missed it." in herald.done("bulletin", "send", "december", "--missed").err
    status = herald.done("bulletin", "status", "december", "--json").data
    assert (status["recipients"], status["queued"], status["practice"]) == (3, 3, 0)


def test_the_filters_of_the_command_are_those_of_the_page() -> None:
    assert tuple(each.name for each in FILTERS if each.name) == SHOWN
