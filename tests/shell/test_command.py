"""The `herald` command: results on stdout, everything else on stderr, exit codes that scripts can rely on."""

import email
import email.policy
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bot.cli.command import Command
from bot.cli.commands import COMMANDS
from tests.shell.herald import Installation


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation to look at; whoever changes something copies it first."""
    installation = Installation(tmp_path_factory.mktemp("begun"))
    installation.begin()
    return installation


@pytest.fixture
def herald(begun: Installation, tmp_path: Path) -> Installation:
    """An installation of the test's own, with a partnership and three people."""
    folder = tmp_path / "installation"
    shutil.copytree(begun.folder, folder)
    return Installation(folder)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
def test_every_command_of_the_table_exists_and_explains_itself(command: Command) -> None:
    assert callable(command.load())
    assert command.help


def test_no_command_at_all_is_answered_with_help_and_2(begun: Installation) -> None:
    ran = begun.start()
    assert ran.code == 2
    assert "herald demo" in ran.err
    assert ran.out == ""


def test_help_and_version_are_results(begun: Installation) -> None:
    helped, version = begun.start("people", "import", "--help"), begun.start("--version")
    assert helped.code == version.code == 0
    assert "--dry-run" in helped.out
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", version.out)


DEAR = {"alembic", "css_inline", "fastapi", "icalendar", "openpyxl", "pygments", "slack_bolt", "slack_sdk"}


def test_a_command_that_only_looks_does_not_wait_for_what_it_does_not_need(begun: Installation) -> None:
    look = "import sys; from bot.cli import main; code = main(['survey', 'status', 'none']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=begun.folder,
        env={**begun.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "There is no survey none" in done.stderr
    assert DEAR & {name.partition(".")[0] for name in done.stdout.split()} == set()


def test_wrong_settings_stop_the_start_and_are_all_named(begun: Installation) -> None:
    wrong = Installation(begun.folder, {"HERALD_MODE": "on", "HERALD_SMPT_URL": "x"})
    ran = wrong.start("people", "export")
    assert ran.code == 2
    assert "HERALD_MODE" in ran.err
    assert "HERALD_SMTP_URL" in ran.err
    assert ran.out == ""


def test_before_migrating_every_command_says_what_to_run(tmp_path: Path) -> None:
    ran = Installation(tmp_path).start("people", "export")
    assert (ran.code, ran.out) == (1, "")
    assert "Run: herald migrate" in ran.err


def test_serving_an_unmigrated_database_is_refused(tmp_path: Path) -> None:
    ran = Installation(tmp_path).run("serve", "--port", "0")
    assert ran.code == 1
    assert "Run: herald migrate" in ran.err


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://herald:passphrase@127.0.0.1:1/herald"
    ran = Installation(tmp_path, {"HERALD_DATABASE_URL": url}).run("people", "export")
    assert ran.code == 1
    assert "cannot be reached" in ran.err
    assert "passphrase" not in ran.err


def test_applying_twice_changes_nothing_the_second_time(herald: Installation) -> None:
    again = herald.run("apply", "partnership.yaml", "--json")
    assert again.code == 0
    assert {one["outcome"] for one in again.data} == {"unchanged"}


def test_all_errors_of_all_files_are_listed_with_their_places_and_nothing_is_kept(herald: Installation) -> None:
    herald.write("a.yaml", "herald_partnership: 1\nname: Other\nareas: nowhere\nfront_dor: x\n")
    herald.write("b.yaml", "herald_surprise: 1\n")
    herald.write("c.txt", "hello\n")
    ran = herald.run("apply", "a.yaml", "b.yaml", "c.txt")
    assert (ran.code, ran.out) == (2, "")
    places = [line.split(" ")[0] for line in ran.err.splitlines()]
    assert {place.partition(":")[0] for place in places} >= {"b.yaml", "c.txt"}
    assert all(re.fullmatch(r"[abc]\.\w+:\d+:\d+", place) for place in places)
    assert {one["outcome"] for one in herald.run("apply", "partnership.yaml", "--json").data} == {"unchanged"}


def test_a_policy_version_is_never_edited(herald: Installation) -> None:
    text = (herald.folder / "partnership.yaml").read_text()
    herald.write("edited.yaml", text.replace("respond: 2d", "respond: 3d"))
    ran = herald.run("apply", "edited.yaml")
    assert ran.code == 2
    assert "new version" in ran.err
    renamed = text.replace("respond: 2d", "respond: 3d").replace("2026-1\n", "2026-2\n")
    herald.write("renamed.yaml", renamed)
    assert "created escalation policy 2026-2" in herald.run("apply", "renamed.yaml").out


def test_live_mode_takes_only_an_approved_policy(herald: Installation) -> None:
    text = (herald.folder / "partnership.yaml").read_text()
    herald.write("unapproved.yaml", re.sub(r"  approved_.*\n", "", text).replace("2026-1\n", "2026-3\n"))
    live = Installation(herald.folder, {"HERALD_MODE": "live", "HERALD_BASE_URL": "http://127.0.0.1:8000"})
    ran = live.run("apply", "unapproved.yaml")
    assert ran.code == 2
    assert re.match(r"unapproved.yaml:\d+:1 E110 escalation_policy: .*approved_by", ran.err)
    assert "practice mode only" in herald.run("apply", "unapproved.yaml").out


def test_a_dry_run_shows_what_would_happen_and_changes_nothing(herald: Installation) -> None:
    before = herald.run("people", "export").out
    herald.write("more.csv", "email,name\ndi@example.org,Di\n")
    ran = herald.run("people", "import", "more.csv", "--dry-run")
    assert ran.out == "created di@example.org\n"
    assert "Nothing was changed" in ran.err
    assert herald.run("people", "export").out == before


def test_bad_lines_keep_everybody_out_unless_they_are_left_out(herald: Installation) -> None:
    herald.write("bad.csv", "email,name,agency\ndi@example.org,Di,northmere-police\neve,Eve,nowhere\n")
    refused = herald.run("people", "import", "bad.csv")
    assert (refused.code, refused.out) == (2, "")
    assert [line.split(" ")[0] for line in refused.err.splitlines()] == ["bad.csv:3:1", "bad.csv:3:3"]
    taken = herald.run("people", "import", "bad.csv", "--skip-bad")
    assert (taken.code, taken.out) == (0, "created di@example.org\n")
    assert "1 lines left out" in taken.err


def test_what_one_command_prints_another_one_reads(herald: Installation) -> None:
    exported = herald.start("people", "export").out
    again = herald.start("people", "import", "-", "--json", stdin=exported)
    assert again.data["unchanged"] == 3


def test_a_person_is_shown_and_erased_with_yes_where_nobody_can_answer(herald: Installation) -> None:
    assert herald.run("people", "show", "cy@example.org", "--json").data["person"]["name"] == "Cy"
    assert herald.run("people", "erase", "cy@example.org").code == 2
    assert herald.run("people", "erase", "cy@example.org", "--yes").code == 0
    gone = herald.run("people", "show", "cy@example.org")
    assert gone.code == 1
    assert "not in the register" in gone.err


def test_a_sign_in_link_is_printed_and_never_kept_in_the_clear(herald: Installation) -> None:
    link = herald.run("signin", "ada@example.org").out.strip()
    token = re.fullmatch(r"http://127\.0\.0\.1:8000/sign-in/([A-Za-z0-9_-]{43})", link)
    assert token is not None
    assert token[1].encode() not in b"".join(path.read_bytes() for path in herald.folder.glob("herald.db*"))
    assert herald.run("signin", "nobody@example.org").code == 1


def test_a_reader_that_goes_away_is_no_failure_to_shout_about(herald: Installation) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "people", "export"],
        cwd=herald.folder,
        env={**herald.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) in (0, 1)
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


def test_an_open_env_file_is_mentioned(herald: Installation) -> None:
    path = herald.write(".env", "HERALD_LOG=json\n")
    path.chmod(0o644)
    ran = herald.run("people", "export", "--json")
    assert "chmod 600" in ran.err
    assert len(ran.data) == 3


def test_the_doctor_names_a_remedy_for_every_cross(herald: Installation) -> None:
    found = herald.run("doctor", "--json").data["checks"]
    assert all(check["remedy"] for check in found if not check["good"])
    assert {check["name"] for check in found if check["good"]} >= {"settings", "database", "partnership", "people"}
    broken = Installation(herald.folder, {"HERALD_SMTP_URL": "smtp://127.0.0.1:1?tls=none"}).run("doctor")
    assert broken.code == 1
    assert "✗ mail relay" in broken.out


def test_tick_does_what_is_due_and_says_so_as_json(herald: Installation) -> None:
    done = herald.run("tick", "--json").data
    assert {"sweep": "audit.seal", "items": 5} in done["done"]
    assert (done["sent"], done["left"]) == (0, 0)


DAMAGE = {
    "edited": "UPDATE audit_entry SET action = 'person.erased' WHERE place = 2",
    "deleted": "DELETE FROM audit_entry WHERE place = 2",
    "swapped": "UPDATE audit_entry SET place = CASE place WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE place IN (2, 3)",
    "cut off": "DELETE FROM audit_entry WHERE place = (SELECT max(place) FROM audit_entry)",
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_changed_audit_log_is_noticed_and_the_first_bad_entry_named(herald: Installation, how: str) -> None:
    herald.run("tick")
    assert herald.run("audit", "verify").code == 0
    database = sqlite3.connect(herald.folder / "herald.db")
    database.execute(DAMAGE[how])
    if how == "swapped":
        database.execute("UPDATE audit_entry SET place = -place WHERE place < 0")
    database.commit()
    database.close()
    ran = herald.run("audit", "verify")
    assert (ran.code, ran.out) == (1, "")
    assert re.search(r"broken at entry \d+", ran.err)


def test_a_backup_is_whole_never_overwrites_and_comes_back(herald: Installation) -> None:
    assert herald.run("backup", "one.backup").code == 0
    assert stat.S_IMODE((herald.folder / "one.backup").stat().st_mode) == 0o600
    assert herald.run("backup", "one.backup").code == 1
    assert "3 people" in herald.run("backup", "--verify", "one.backup").out
    before = herald.run("people", "export").out
    herald.run("people", "erase", "cy@example.org", "--yes")
    assert herald.run("restore", "one.backup").code == 2
    assert herald.run("restore", "one.backup", "--yes").code == 0
    assert herald.run("people", "export").out == before
    assert herald.run("audit", "verify").code == 0


@pytest.mark.parametrize("place", [3, 40, 200, -200, -1])
def test_one_flipped_byte_anywhere_in_a_backup_is_found(herald: Installation, place: int) -> None:
    herald.run("backup", "one.backup")
    path = herald.folder / "one.backup"
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    ran = herald.run("backup", "--verify", "one.backup")
    assert ran.code == 1
    assert "damaged" in ran.err or "not a backup" in ran.err


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


def test_a_bulletin_goes_from_file_to_followed_by_two_people(herald: Installation) -> None:
    herald.write("pat.csv", "email,name,roles\npat@example.org,Pat,publisher\n")
    herald.run("people", "import", "pat.csv")
    herald.write("december.md", BULLETIN)
    assert "created bulletin december" in herald.run("apply", "december.md", "--by", "ada@example.org").out
    shown = herald.run("bulletin", "preview", "december", "--as", "cy@example.org")
    assert "Hello Cy" in shown.out
    letter = email.message_from_string(
        herald.run("bulletin", "preview", "december", "--format", "eml").out, policy=email.policy.default
    )
    assert letter["Subject"] == "December e-bulletin"
    assert letter.defects == []
    assert herald.run("bulletin", "send", "december").code == 1
    assert herald.run("bulletin", "approve", "december", "--by", "ada@example.org").code == 1
    assert herald.run("bulletin", "approve", "december", "--by", "pat@example.org").code == 0
    assert herald.run("bulletin", "send", "december", "--at", "soon").code == 2
    sent = herald.run("bulletin", "send", "december", "--json")
    assert "Practice mode" in sent.err
    herald.run("tick")
    status = herald.run("bulletin", "status", "december", "--json").data
    assert (status["recipients"], status["queued"], status["practice"]) == (3, 1, 2)


def test_a_survey_is_opened_followed_and_closed(herald: Installation) -> None:
    text = (Path(__file__).parents[2] / "bot/files/library/working-well.yaml").read_text()
    herald.write("survey.yaml", text.replace("\nowner:", "\naudience: {everyone: true}\nowner:"))
    assert herald.run("apply", "survey.yaml").code == 0
    opened = herald.run("survey", "open", "working-well")
    assert "2 of 3" in opened.err
    assert "practice" in opened.err.casefold()
    assert herald.run("survey", "status", "working-well", "--json").data["invited"] == 3
    assert herald.run("survey", "results", "working-well", "--format", "csv").out.startswith("Question,")
    assert herald.run("survey", "close", "working-well").code == 0
    assert herald.run("survey", "status", "nothing").code == 1


def test_a_register_of_a_past_session_is_read_once(herald: Installation) -> None:
    herald.write(
        "past.yaml",
        "herald_briefings: 1\nbriefings:\n  - {id: past, title: Past, kind: briefing, starts: 2026-01-09T12:30,"
        " ends: 2026-01-09T13:30, place: Online, capacity: 20}\n",
    )
    assert herald.run("apply", "past.yaml").code == 0
    herald.write("register.csv", "briefing,email,status\npast,cy@example.org,attended\n")
    assert herald.run("attendance", "import", "register.csv").out == "created attendance past cy@example.org\n"
    assert herald.run("attendance", "import", "register.csv").out == "unchanged attendance past cy@example.org\n"
    herald.write("wrong.csv", "briefing,email,status\nnone,nobody@example.org,late\n")
    wrong = herald.run("attendance", "import", "wrong.csv")
    assert wrong.code == 2
    assert wrong.err.count("wrong.csv:2:") == 3


def test_migrating_is_idempotent_and_has_a_dry_run(tmp_path: Path) -> None:
    fresh = Installation(tmp_path)
    assert fresh.run("migrate", "--dry-run").out.startswith("Would go from empty")
    assert fresh.run("migrate").out.startswith("Migrated from empty")
    assert "already" in fresh.run("migrate").out


def test_the_manifest_has_the_scopes_of_the_contract_and_no_other(begun: Installation) -> None:
    manifest = json.loads(begun.run("slack", "manifest", "--format", "json").out)
    scopes = "chat:write commands im:write im:history users:read users:read.email"
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(scopes.split())
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == ["/herald"]
    assert 174 <= len(manifest["display_information"]["long_description"]) <= 4000
    assert len(manifest["display_information"]["description"]) <= 140


def test_a_conversation_can_be_tried_and_leaves_nothing_behind(herald: Installation) -> None:
    before = (herald.folder / "herald.db").read_bytes()
    ran = herald.run("try", "pledge", stdin="1\nstop\n")
    assert ran.code == 0
    assert "Nothing was kept" in ran.err
    assert (herald.folder / "herald.db").read_bytes() == before
    assert "Known:" in herald.run("try", "juggling").err


def test_trying_a_survey_without_saying_which_names_those_there_are(herald: Installation) -> None:
    nothing = herald.run("try", "survey")
    assert nothing.code == 2
    assert "herald apply FILE" in nothing.err
    herald.write("tea.yaml", SPOKEN)
    assert herald.run("apply", "tea.yaml").code == 0
    several = herald.run("try", "survey")
    assert (several.code, several.out) == (2, "")
    assert "herald try survey:" in several.err
    assert "survey:two-tongues  Tea (draft)" in several.err


SPOKEN = """herald_survey: 1
id: two-tongues
version: 1
title: {en: Tea, pl: Herbata}
purpose: {en: To learn about tea., pl: O herbacie.}
owner: coordinator
languages: [en, pl]
audience: {everyone: true}
privacy: {mode: named, retention_days: {replies: 365, invitations: 30, drafts: 14}}
pages:
  - id: p1
    questions:
      - {id: kind, type: text_short, text: {en: "Which tea?", pl: "Jaka herbata?"}, required: true}
      - {id: cups, type: number, text: {en: "How many cups?", pl: "Ile kubków?"}}
  - id: p2
    questions:
      - {id: why, type: text_long, text: {en: "Why {kind}?", pl: "Dlaczego {kind}?"}}
end: {text: {en: Thank you., pl: "Dziękuję."}}
loop: {owner: coordinator, due_days: 28}
"""


def test_a_survey_is_tried_from_its_file_before_anybody_has_it(herald: Installation) -> None:
    """In the language chosen, with the words said before, and with the words that steer every typed talk."""
    (herald.folder / "tea.yaml").write_text(SPOKEN, encoding="utf-8")
    typed = ("2", "zielona", "many", "back", "czarna", "3", "skip", "send")
    ran = herald.run("try", "tea.yaml", stdin="".join(f"{line}\n" for line in typed))
    assert ran.code == 0, ran.err
    assert "Dlaczego czarna?" in ran.out
    assert "Jaka herbata? czarna" in ran.out
    assert "whole number" in ran.err
    assert "nothing was kept" in ran.err
    (herald.folder / "tea.yaml").write_text(SPOKEN.replace("type: number", "type: nmber"), encoding="utf-8")
    wrong = herald.run("try", "tea.yaml")
    assert wrong.code == 2
    assert "tea.yaml:14:" in wrong.err


def test_init_asks_writes_a_private_env_and_a_partnership_that_can_be_applied(tmp_path: Path) -> None:
    answers = ["Westhaven: children & families", "", "", "", "12", "01632 960003", "", "herald@example.org", "", ""]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HERALD_")}
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "init"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(leader, "".join(f"{answer}\n" for answer in answers).encode())
    out, err = process.communicate(timeout=60)
    os.close(leader)
    os.close(follower)
    assert process.returncode == 0, err
    assert "slash_commands" in out
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    made = Installation(tmp_path)
    assert made.run("migrate").code == 0
    assert "created partnership" in made.run("apply", "partnership.yaml").out
    assert made.run("init").code == 1


def test_init_takes_its_answers_from_options_and_lines_where_nobody_sits(tmp_path: Path) -> None:
    fresh = Installation(tmp_path)
    unfinished = fresh.run("init", "--name", "Westhaven")
    assert unfinished.code == 2
    assert "--phone" in unfinished.err
    assert list(tmp_path.iterdir()) == []
    assert fresh.run("init", "--phone", "12").code == 2

    given = ("--phone", "01632 960003", "--mail-from", "herald@example.org", "--slack", "socket")
    ran = fresh.run("init", *given, stdin="Westhaven Partnership\nWesthaven\n")

    assert ran.code == 0, ran.err
    assert "socket_mode_enabled: true" in ran.out
    assert "connections:write" in ran.err
    env = (tmp_path / ".env").read_text()
    assert "# HERALD_SLACK_APP_TOKEN=xapp-..." in env
    assert "Westhaven Council" in (tmp_path / "partnership.yaml").read_text()
    again = fresh.run("init", *given, "--name", "Other")
    assert again.code == 1
    assert (tmp_path / ".env").read_text() == env


@pytest.mark.parametrize("way", ["none", "http"])
def test_the_last_that_init_says_is_what_it_wrote_and_what_comes_next(tmp_path: Path, way: str) -> None:
    """The manifest is a page long: what stands before it has left the screen, for those without Slack for nothing."""
    given = ("--phone", "01632 960003", "--mail-from", "herald@example.org", "--slack", way)
    said = subprocess.run(
        [sys.executable, "-m", "bot", "init", *given],
        cwd=tmp_path,
        env={**Installation(tmp_path).environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    *_, after = said.partition("slash_commands")
    assert "Wrote .env" in after
    assert ("https://api.slack.com/apps" in after) is (way != "none")
    assert after.splitlines()[-1].startswith("Next: herald migrate")


def test_serve_says_when_it_is_ready_answers_and_ends_in_order(herald: Installation) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "bot", "serve", "--port", "0"],
        cwd=herald.folder,
        env={**herald.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = []
        while "ready at" not in (line := process.stderr.readline()):
            assert line, "".join(said)
            said.append(line)
        address = line.split()[4]
        with urllib.request.urlopen(f"{address}/health/ready") as answer:  # noqa: S310 - our own address
            assert answer.status == 200
        with urllib.request.urlopen(f"{address}/l/survey.planted-token?q=ada@example.org") as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as refused:
        refused.close()
    finally:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert time.monotonic() - began < 10
    assert out == ""
    assert "planted" not in err
    assert "ada@" not in err
