"""Words planted into every box of an escalation are found nowhere but under their seal: not in any column, file, backup,
log, Slack message, e-mail, page of the operations team, metric, or in the audit of who read and exported them."""

import gzip
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from sqlalchemy import select

from bot.keyring import Keyring
from bot.logs import JsonLines, TextLines
from storage.backup import make_backup
from storage.backup.container import FIRST_LENGTH
from storage.resealing import SEALED
from storage.tables.base import Table
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.drive import ByEmail, OnSlack, OnTheWeb
from tests.world import World, a_world

REFERENCE = "E-2026-0001"
PLANTED = {
    "own reference": "NH-7719-aubergine",
    "concern": "Planted: the crocodile visits were never made",
    "would help": "Planted: one look at the umbrella plan",
    "reply": "Planted: what the manager typed below the marmalade word",
    "draft": "Planted: half a sentence about the flamingo school",
    "answer": "Planted: we moved the trombone meeting forward",
    "skipped": "Planted: it cannot wait for the cucumber panel",
    "withdrawn": "Planted: the bagpipe plan was changed after all",
    "reopened": "Planted: the zeppelin visits have stopped again",
    "taught": "Planted: we ring before the harpsichord meeting",
}
REFUSED = "943 476 5919"
"""An invented number with the check digit of an NHS number: what holds one is refused, and kept nowhere at all."""


def planted_in(text: str) -> list[str]:
    """Which of the planted words stand in a text, plain or as forms, JSON and base64 write them."""
    found = []
    for planted in (*PLANTED.values(), REFUSED):
        ways = (planted, quote_plus(planted), json.dumps(planted)[1:-1], b64encode(planted.encode()).decode()[4:-4])
        found += [planted for way in ways if way in text]
    return found


async def the_story(world: World) -> dict[str, Person]:
    """Raised in Slack; answered by mail and on the web; taken up, withdrawn, opened again, settled, learned from."""
    ada = await world.person("Ada", slack=True, agency_id="northmere-health")
    may = await world.person("May", slack=True, agency_id="northmere-council", roles=["manager"])
    lea = await world.person("Lea", slack=True, agency_id="northmere-police", roles=["escalation-lead"])
    adm = await world.person("Adm", agency_id="northmere-police", roles=["admin", "coordinator", "auditor"])
    await raise_in_slack(world, ada)
    await world.tick()
    await ByEmail(world, may).reply(f"I have this\n{PLANTED['reply']}")
    mays, adas, leas = OnTheWeb(world, may), OnTheWeb(world, ada), OnTheWeb(world, lea)
    await deed(mays, "Write the answer", response="We agree and will change something", words=PLANTED["answer"])
    stage = "Partnership executive"
    await deed(adas, "Take it straight further up", stage=stage, reason=PLANTED["skipped"])
    await deed(adas, "Withdraw it", reason=PLANTED["withdrawn"])
    await deed(adas, "Open it again", reason=PLANTED["reopened"])
    await adas.open(f"/escalations/{REFERENCE}")
    await adas.press("It is settled between us")
    await deed(leas, "Write what it taught", theme="Who does what", words=PLANTED["taught"])
    await world.tick()
    await a_draft(world, ada)
    await those_who_may_read(world, adas, mays, leas)
    return {"ada": ada, "may": may, "lea": lea, "adm": adm}


async def raise_in_slack(world: World, ada: Person, *, reference: str = REFERENCE) -> None:
    talk = OnSlack(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    typed = {"own_reference": PLANTED["own reference"], "would_help": PLANTED["would help"]}
    for key, words in {**typed, "reason": f"{PLANTED['concern']}, {REFUSED}"}.items():
        talk.slack.fill(talk._block(key), words)
    await talk.slack.submit()
    assert talk.sees("identif"), "what must not be written is pointed out"
    for key, words in {**typed, "reason": PLANTED["concern"]}.items():
        talk.slack.fill(talk._block(key), words)
    await talk.slack.submit()
    await talk.send()
    assert talk.sees(reference)


async def deed(who: OnTheWeb, button: str, **answers: str) -> None:
    """Presses a button of the record, answers the talk that it opens, and sends it."""
    await who.open(f"/escalations/{REFERENCE}")
    await who.press(button)
    if who.page is not None and "q." not in who.page.response.text:
        await who.press(button)
    await who.answer(**answers)
    await who.send()


async def a_draft(world: World, ada: Person) -> None:
    """A talk that is left in the middle keeps what was typed, sealed."""
    talk = OnTheWeb(world, ada)
    await talk.start("escalate")
    await talk.answer(danger="No")
    await talk.answer(consulted="Yes")
    await talk.answer(other_agency="Northmere Council", kind="Delay", urgency="Standard")
    await talk.answer(own_reference="NH-1", reason=PLANTED["draft"])


async def those_who_may_read(world: World, *readers: OnTheWeb) -> None:
    """The words do reach those who may read them, as a page and as a file: else nothing below would prove anything."""
    for reader in readers:
        for path in ("", "/export", "/export/record.csv"):
            await reader.open(f"/escalations/{REFERENCE}{path}")
            assert reader.page is not None
            read = set(planted_in(reader.page.response.text))
            assert read == set(PLANTED.values()) - {PLANTED["draft"], PLANTED["reply"]}, path


# Every place in which they could be found


async def columns(store: Store) -> list[tuple[str, str]]:
    """Every value of every column of every table, as text."""
    found = []
    async with store.reading() as uow:
        for table in Table.metadata.sorted_tables:
            for row in (await uow.session.execute(select(table))).mappings():
                for name, value in row.items():
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    found.append((f"{table.name}.{name}", text if not isinstance(value, dict) else json.dumps(value)))
    return found


async def opened(store: Store) -> dict[str, list[str]]:
    """What the sealed columns hold for somebody with the key."""
    found: dict[str, list[str]] = {}
    async with store.reading() as uow:
        for column in SEALED:
            for row in (await uow.session.execute(select(column.core))).mappings():
                if row[column.column]:
                    text = uow.keyring.open(row[column.column], about=column.about_row(row[column.key]))
                    found.setdefault(column.table.__tablename__, []).append(text)
    return found


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What is on the disk: the journal, and whatever else Herald keeps beside its database."""
    yield from ((str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def database_files(world: World) -> Iterator[tuple[str, bytes]]:
    """SQLite's own files, with its write-ahead log."""
    if world.herald.store.engines.sqlite:
        path = Path(world.settings.database_url.removeprefix("sqlite:///"))
        there = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
        assert there[1].exists(), "the write-ahead log is looked at as well"
        yield from ((str(each), each.read_bytes()) for each in there if each.exists())


def letters(world: World) -> Iterator[str]:
    """Every e-mail that left: as it went over the wire, and as a person reads it."""
    for mail in world.sink.mails:
        yield mail.raw.decode("utf-8", "replace")
    for name in ("ada", "may", "lea", "adm"):
        address = f"{name}@example.org"
        for letter in world.letters(Person(email=address)):
            yield from (str(part.get_content()) for part in leaves(letter))


def leaves(letter: EmailMessage) -> Iterator[EmailMessage]:
    return (part for part in letter.walk() if isinstance(part, EmailMessage) and part.get_content_maintype() == "text")


def transcript(world: World) -> Iterator[str]:
    """All that Slack was ever told, views and messages alike."""
    for call in world.stand_in.workspace.log:
        yield json.dumps([call.method, call.arguments, call.error], default=str)
    for channel in world.stand_in.workspace.messages.channels.values():
        yield from (repr(message) for message in channel)


async def pages_of(world: World, person: Person) -> list[str]:
    """What the administrator of an installation sees of it, and what anybody who is not signed in is told."""
    browser, nobody = await world.signed_in(person), await world.browser()
    ops = ("/ops", "/ops/outbox", "/ops/audit", "/ops/escalations", "/ops/report/escalations", "/escalations")
    tables = ("/ops/report/escalations/table.csv", f"/ops/audit?thing={REFERENCE}", "/me")
    refused = (f"/escalations/{REFERENCE}", f"/escalations/{REFERENCE}/export/record.csv")
    for path in refused:
        assert (await browser.open(path)).status == 404, "an administrator does not read"
    shown = [(await browser.open(path)).response.text for path in (*ops, *tables, *refused)]
    told = [
        (await nobody.open(path)).response.text for path in ("/metrics", "/health/worker", "/health/ready", *refused)
    ]
    return [*shown, *told]


def log_lines(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, in both forms."""
    return "\n".join(form.format(record) for record in caplog.records for form in (JsonLines(), TextLines()))


async def backups(store: Store, folder: Path) -> tuple[bytes, str]:
    """A backup as it lies on the disk, and unpacked."""
    file = folder / "all.backup"
    await make_backup(store.engines, file, keyring=store.keyring, now=store.clock())
    data = file.read_bytes()
    return data, gzip.decompress(data[FIRST_LENGTH:]).decode()


async def test_what_was_planted_is_found_nowhere_but_under_its_seal(
    sqlite_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(sqlite_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        await nowhere_but_under_its_seal(world, tmp_path, caplog)


@pytest.mark.nightly
async def test_nor_on_postgresql(
    postgres_url: str, clock: MovingClock, keyring: Keyring, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(postgres_url, clock=clock, keyring=keyring, folder=tmp_path) as world:
        await nowhere_but_under_its_seal(world, tmp_path, caplog)


async def nowhere_but_under_its_seal(world: World, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("herald").setLevel(logging.DEBUG)
    store = world.herald.store
    cast = await the_story(world)
    sealed = await opened(store)
    kept = "\n".join(text for texts in sealed.values() for text in texts)
    for what, planted in PLANTED.items():
        assert (planted in kept) == (what != "reply"), f"{what}: a reply's words are not kept, all others are"
    assert REFUSED not in kept, "what was refused is kept nowhere"
    for name, text in await columns(store):
        assert not planted_in(text), name
    packed, unpacked = await backups(store, folder)
    for name, data in (*database_files(world), *files(world.settings.state_dir), ("backup", packed)):
        assert not planted_in(data.decode("utf-8", "replace")), name
        assert not any(word.encode("utf-16-le") in data for word in PLANTED.values()), name
    places = {
        "a backup": [unpacked],
        "a mail": list(letters(world)),
        "Slack": list(transcript(world)),
        "a page": await pages_of(world, cast["adm"]),
        "a log": [log_lines(caplog)],
    }
    for place, texts in places.items():
        assert any(REFERENCE in text for text in texts) or place == "a log", f"{place} knows of it at least"
        for text in texts:
            assert not planted_in(text), place
    await in_the_audit(store, {cast[name].id for name in ("ada", "may", "lea")})


async def in_the_audit(store: Store, readers: set[int]) -> None:
    """Who read and who exported stands in the chain, without a word of it; and the chain is whole."""
    async with store.transaction() as uow:
        while await uow.audit.seal():
            pass
        assert (await uow.audit.verify()).first_bad is None
        entries = await uow.audit.latest(limit=1000)
    for action in ("escalation.read", "escalation.exported"):
        assert {entry.actor_id for entry in entries if entry.action == action} == readers, action
    refused = [entry for entry in entries if entry.action == "escalation.reading-refused"]
    assert {(entry.thing, entry.actor_id in readers) for entry in refused} == {(REFERENCE, False)}
    assert not planted_in(json.dumps([[entry.thing, entry.detail] for entry in entries]))
