"""Words planted into escalations stand in no output of any command, whoever runs it: an access request of somebody else,
a look at the installation, a rehearsal as one of those who may read; and in a backup under their seal alone."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.commands import COMMANDS
from bot.keyring import Keyring
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.escalations.test_planted_text import (
    PLANTED,
    REFERENCE,
    columns,
    opened,
    planted_in,
    raise_in_slack,
    the_story,
)
from tests.factories import PARTNERSHIP
from tests.shell.herald import SECRET, Installation, Ran
from tests.world import World, a_world

STILL_OPEN = "E-2026-0002"
EVERYBODY = ("ada", "bea", "may", "lea", "adm", "gus")
RUNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "people show": tuple((f"{name}@example.org",) for name in EVERYBODY),
    "people export": ((),),
    "people import": (("people.csv", "--dry-run"),),
    "apply": (("partnership.yaml", "--dry-run"),),
    "signin": (("adm@example.org",),),
    "tick": ((),),
    "doctor": ((),),
    "migrate": (("--dry-run",), ()),
    "audit verify": ((),),
    "backup": (("all.backup",), ("all.backup", "--verify")),
    "try": (
        ("escalate", "--as", "ada@example.org"),
        *(
            (f"escalation-{talk}:{STILL_OPEN}", "--as", f"{name}@example.org")
            for talk, name in (
                ("response", "may"),
                ("hand-on", "may"),
                ("withdraw", "bea"),
                ("skip", "bea"),
                ("hand-over", "bea"),
            )
        ),
        (f"escalation-reopen:{REFERENCE}", "--as", "ada@example.org"),
        (f"escalation-learning:{REFERENCE}", "--as", "lea@example.org"),
    ),
    "people erase": (("adm@example.org",), ("ada@example.org", "--yes")),
}
"""What is run, and with what; those that can print JSON a second time with `--json`. Who takes away comes last."""
NOT_ALWAYS_DONE = ("try", "doctor", "people erase")
ELSEWHERE = {
    *("demo", "init", "slack manifest"),  # they know no installation's database
    *("serve", "worker"),  # what they log and show is looked at in test_planted_text
    *("receive", "attendance import"),  # they take in, and say only what came in
    "restore",  # below: what comes back is under its seal
    *(" ".join(each.words) for each in COMMANDS if each.words[0] in ("survey", "bulletin")),
}


async def some_commands(herald: Installation) -> dict[str, Ran]:
    """Everything that a person at the computer of an installation can ask it about escalations."""
    takes_json = {" ".join(each.words): "--json" in str(each.arguments) for each in COMMANDS}
    ran = {}
    for command, several in RUNS.items():
        for words in several:
            for form in ((), ("--json",)) if takes_json[command] and command != "backup" else ((),):
                line = (*command.split(), *words, *form)
                ran[" ".join(line)] = await asyncio.to_thread(herald.run, *line, stdin="no\nyes\n")
    return ran


def installation(world: World, folder: Path) -> Installation:
    (folder / "again").mkdir(parents=True)
    settings = {"HERALD_MODE": "live", "HERALD_BASE_URL": "https://herald.example.org"}
    mail = {"HERALD_SMTP_URL": world.sink.url, "HERALD_MAIL_FROM": "herald@northmere.example.org"}
    herald = Installation(folder, {**settings, **mail, "HERALD_DATABASE_URL": world.settings.database_url})
    herald.write("partnership.yaml", PARTNERSHIP)
    herald.write("people.csv", "email,name,agency,roles\nada@example.org,Ada,northmere-health,practitioner\n")
    return herald


def test_every_command_is_run_here_or_has_nothing_to_say_about_an_escalation() -> None:
    known = {" ".join(each.words) for each in COMMANDS}
    assert known == {*RUNS, *ELSEWHERE}
    assert not {*RUNS} & ELSEWHERE


@pytest.mark.nightly
async def test_no_command_prints_what_was_planted_and_a_backup_holds_it_under_its_seal_alone(
    sqlite_url: str, clock: MovingClock, tmp_path: Path
) -> None:
    keyring = Keyring((SECRET,))
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        await the_story(world)
        await another_one(world)
        herald = installation(world, tmp_path / "at the computer")
        ran = await some_commands(herald)
    failed = {line: said.err for line, said in ran.items() if said.code != 0 and not line.startswith(NOT_ALWAYS_DONE)}
    assert failed == {}
    for line, said in ran.items():
        assert planted_in(said.out) == [], line
        assert planted_in(said.err) == [], line
        assert "Traceback" not in said.err, line
        assert said.out or said.err, line
    shown = ran["people show ada@example.org"].out
    assert REFERENCE in shown, "it is there"
    assert "(kept, not shown)" in shown, "and what was written is not"
    asked = ran[f"try escalation-response:{STILL_OPEN} --as may@example.org"]
    assert "What is your answer?" in asked.out + asked.err, "whoever may answer is asked, and nothing else is shown"
    await comes_back_sealed(herald, herald.folder / "again", clock=clock, keyring=keyring)


async def another_one(world: World) -> None:
    """One more with the same words, open, of Bea's; her manager has no part in it yet."""
    await world.person("Gus", agency_id="northmere-health", roles=["manager"])
    bea = await world.person("Bea", slack=True, agency_id="northmere-health", manager_email="gus@example.org")
    await raise_in_slack(world, bea, reference=STILL_OPEN)
    await world.tick()


async def comes_back_sealed(herald: Installation, folder: Path, *, clock: MovingClock, keyring: Keyring) -> None:
    """In a database that was made from the backup the words stand where they stood, under their seal."""
    again = Installation(folder, {**herald.settings, "HERALD_DATABASE_URL": f"sqlite:///{folder}/again.db"})
    said = await asyncio.to_thread(again.run, "restore", str(herald.folder / "all.backup"), "--yes")
    assert said.code == 0, said.err
    assert planted_in(said.out + said.err) == []
    store = Store(
        again.settings["HERALD_DATABASE_URL"], clock=clock, keyring=keyring, sending=SendingPolicy(True, True)
    )
    try:
        kept = "\n".join(text for texts in (await opened(store)).values() for text in texts)
        assert {what for what, planted in PLANTED.items() if planted in kept} == set(PLANTED) - {"reply"}
        for name, text in await columns(store):
            assert planted_in(text) == [], name
    finally:
        await store.close()
    assert planted_in((folder / "again.db").read_bytes().decode("utf-8", "replace")) == []
