"""The documentation says what the program does: tables agree, commands and settings exist, links lead somewhere."""

import re
from pathlib import Path

import pytest

from bot.cli.command import parser_for
from bot.cli.commands import COMMANDS, GROUPS
from bot.demo.guide import TRIES
from bot.demo.story.cast import CAST
from bot.settings import NAMES
from digests.messages import KINDS
from handlers.sayings import SAYINGS
from tests.docs.tables import DOCS, PLACE, TABLES, brought_up_to_date, pages

ROOT = DOCS.parent
READ_BY_PEOPLE = [*pages(), *(ROOT / name for name in ("README.md", "CHANGELOG.md", "deploy/README.md"))]
QUOTES_FILES = ROOT / "docs" / "reference" / "file-errors.md"
"""Quotes what stands in wrong files, pictures and links included; it has no links of its own."""
LINK = re.compile(r"!?\[[^\]]*\]\((?P<to>[^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
NAMED = re.compile(r"HERALD_[A-Z_]+[A-Z]")
CALLED = re.compile(r"(?<![/\w])herald (?P<rest>[a-z][^`\n&;|)#]*)")
SAID = re.compile(r"`/herald ([a-z]+)")
HEADING = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)
OURS = re.compile(r"/work/|/tmp/|/root/|/home/")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_the_tables_of_a_page_are_those_of_the_program(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == brought_up_to_date(text), f"Run: python -m tests.docs.tables, then look at {name_of(page)}"


def test_every_table_stands_on_exactly_one_page() -> None:
    standing = [found["name"] for page in pages() for found in PLACE.finditer(page.read_text(encoding="utf-8"))]
    assert sorted(standing) == sorted(TABLES)


@pytest.mark.parametrize("page", [page for page in READ_BY_PEOPLE if page != QUOTES_FILES], ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wanted = [found["to"] for found in LINK.finditer(CODE.sub("", text))]
    missing = [to for to in wanted if not re.match(r"[a-z]+:", to) and not _there(page, to)]
    assert not missing, f"{name_of(page)} links to what is not there"


def _there(page: Path, to: str) -> bool:
    path, _, anchor = to.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    words = (found["words"].casefold() for found in HEADING.finditer(page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", each).strip().replace(" ", "-") for each in words}


def test_every_page_can_be_reached_from_the_index() -> None:
    index = DOCS / "index.md"
    reached, waiting = {index}, [index]
    while waiting:
        page = waiting.pop()
        for found in LINK.finditer(CODE.sub("", page.read_text(encoding="utf-8"))):
            target = (page.parent / found["to"].partition("#")[0]).resolve()
            if target.suffix == ".md" and target.is_file() and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert {name_of(page) for page in pages()} <= {name_of(page) for page in reached}


@pytest.mark.parametrize("page", READ_BY_PEOPLE, ids=name_of)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = {name.removesuffix("_FILE") for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert named <= set(NAMES)


@pytest.mark.parametrize("page", READ_BY_PEOPLE, ids=name_of)
def test_every_command_that_is_named_exists_with_its_options(page: Path) -> None:
    code = "\n".join(CODE.findall(page.read_text(encoding="utf-8")))
    for found in CALLED.finditer(code):
        words = found["rest"].split()
        assert _known(words), f"{name_of(page)}: herald {found['rest']}"


def _known(words: list[str]) -> bool:
    """Whether the parser has this command, and each of the options that are given with it."""
    command = next((one for one in COMMANDS if tuple(words[: len(one.words)]) == one.words), None)
    if command is None:
        return len(words) == 1 and words[0] in GROUPS
    options = {name for argument in command.arguments for name in argument.names} | {"--help"}
    given = {re.match(r"--[a-z-]+", word.strip("[]")) for word in words if word.strip("[]").startswith("--")}
    return {found[0] for found in given if found} <= options


@pytest.mark.parametrize("page", READ_BY_PEOPLE, ids=name_of)
def test_every_word_that_is_said_to_herald_means_something(page: Path) -> None:
    said = SAID.findall(page.read_text(encoding="utf-8"))
    assert set(said) <= {saying.word for saying in SAYINGS}


def test_the_first_hour_names_what_the_demo_offers() -> None:
    text = (DOCS / "tutorial" / "first-hour-with-the-demo.md").read_text(encoding="utf-8")
    names = {part.email: part.name for part in CAST}
    offered = {f"{one.title} as {names[one.email]}" for one in TRIES}
    assert set(re.findall(r"\*\*([^*]+ as [^*]+)\*\*", text)) <= offered


def test_the_parser_has_every_command_of_the_table() -> None:
    parser = parser_for(COMMANDS, GROUPS)
    table = TABLES["commands"]()
    for command in COMMANDS:
        assert f"`herald {' '.join(command.words)}" in table
        with pytest.raises(SystemExit) as ended:
            parser.parse_args([*command.words, "--help"])
        assert ended.value.code == 0


def test_the_page_of_messages_explains_every_kind() -> None:
    text = (DOCS / "reference" / "messages.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([a-z.-]+)` \| .", text, re.MULTILINE)
    assert sorted(explained) == sorted(KINDS)


@pytest.mark.parametrize("page", READ_BY_PEOPLE, ids=name_of)
def test_no_page_names_a_place_on_somebodys_machine(page: Path) -> None:
    assert not OURS.search(page.read_text(encoding="utf-8"))
