"""The contract's table of commands, row by row: each exists with these options and keeps the rules for output."""

import re
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli.command import parser_for
from bot.cli.commands import COMMANDS, GROUPS
from tests.shell.herald import Installation

LATER = {"report annual"}
"""Named by the contract and built by an issue of its own, later."""

TABLE = """
demo [--port 8000] [--data DIR] [--reset]
init
serve [--host H] [--port 1] [--no-worker]
worker
tick [--json]
migrate
doctor [--json]
backup FILE
backup --verify FILE
restore FILE [--yes]
apply FILE FILE [--dry-run] [--json]
people import FILE.csv [--dry-run]
people export
people show EMAIL
people erase EMAIL [--yes]
survey open ID
survey close ID
survey status ID
survey results ID [--format json] [--out F]
survey results ID [--format csv]
survey results ID [--format xlsx]
survey results ID [--format html]
bulletin preview ID [--as EMAIL] [--format html]
bulletin preview ID [--format text]
bulletin preview ID [--format slack]
bulletin preview ID [--format eml]
bulletin test ID --to EMAIL
bulletin approve ID --by EMAIL
bulletin send ID [--at T]
bulletin pause ID
bulletin resume ID
bulletin cancel ID
bulletin status ID
attendance import FILE.csv
audit verify
receive
signin EMAIL
slack manifest
try FLOW
"""
ROWS = [row for row in TABLE.splitlines() if row]


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_contract_is_understood(row: str) -> None:
    parser = parser_for(COMMANDS, GROUPS)
    optional = re.findall(r"\[([^\]]+)\]", row)
    needed = re.sub(r"\[[^\]]+\]", "", row).split()
    for words in (needed, [*needed, *" ".join(optional).split()]):
        assert parser.parse_args(words).command is not None


def test_no_command_of_the_contract_is_missing_but_those_of_later_issues() -> None:
    known = {" ".join(command.words) for command in COMMANDS}
    asked = {" ".join(re.findall(r"^(?:[a-z]+ ?)+(?=\s|$)", re.sub(r"[\[A-Z-].*", "", row))).strip() for row in ROWS}
    assert asked <= known
    assert not LATER & known, "it exists now: give it its row above"


DATA = {
    "tick",
    "doctor",
    "apply",
    "people import",
    "people show",
    "people export",
    "survey status",
    "survey open",
    "survey close",
    "bulletin status",
    "backup",
    "audit verify",
    "attendance import",
    "signin",
    "bulletin test",
    "migrate",
    "people erase",
}


@pytest.mark.parametrize("command", sorted(DATA))
def test_results_that_are_data_come_as_json_too(command: str) -> None:
    [found] = [each for each in COMMANDS if " ".join(each.words) == command]
    assert any("--json" in argument.names for argument in found.arguments)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A partnership with an open survey and a session to book; these tests only add to it."""
    installation = Installation(tmp_path_factory.mktemp("contract-commands"))
    installation.begin()
    survey = (Path(__file__).parents[2] / "bot/files/library/working-well.yaml").read_text()
    installation.write("survey.yaml", survey.replace("\nowner:", "\naudience: {everyone: true}\nowner:"))
    installation.write("sessions.yaml", SESSIONS)
    assert installation.run("apply", "survey.yaml", "sessions.yaml").code == 0
    assert installation.run("survey", "open", "working-well").code == 0
    return installation


SESSIONS = """herald_briefings: 1
briefings:
  - {id: core, title: Core groups, kind: briefing, starts: 2099-01-09T12:30, ends: 2099-01-09T13:30, place: Online,
     capacity: 9}
"""


@pytest.mark.parametrize(
    "words", ["survey results none", "bulletin preview none", "restore none --yes", "try survey:none"]
)
def test_what_cannot_be_done_is_1_with_the_reason_on_stderr(begun: Installation, words: str) -> None:
    ran = begun.run(*words.split())
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err) > 30
    assert "Traceback" not in ran.err
    assert "nobody expected" not in ran.err


@pytest.mark.parametrize("words", ["people", "serve --port x", "apply", "juggle", "survey results ID --format pdf"])
def test_what_was_called_wrongly_is_2(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()


def test_json_stands_alone_on_stdout(begun: Installation) -> None:
    for words in (("backup", "one.backup"), ("backup", "--verify", "one.backup"), ("migrate",), ("audit", "verify")):
        ran = begun.run(*words, "--json")
        assert ran.code == 0, ran.err
        assert isinstance(ran.data, dict)


@pytest.mark.parametrize("flow", ["pledge", "escalate", "book:core", "survey:working-well"])
def test_every_conversation_can_be_tried(begun: Installation, flow: str) -> None:
    ran = begun.run("try", flow, "--as", "cy@example.org", stdin="stop\n")
    assert ran.code == 0, ran.err
    assert "Nothing was kept" in ran.err
    assert ran.out.strip()
