"""Backups: whole or refused, the same for both databases, and harmless when they come back."""

import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cli.doctor.contents import contents
from bot.keyring import Keyring
from storage import schema
from storage.backup import BackupProblem, make_backup, replace_file, restore_into, verify_backup
from storage.backup.container import FIRST_LENGTH, Manifest, manifest_line, new_file
from storage.backup.values import Tally
from storage.deliveries import Message, SendingPolicy
from storage.switches import LAST_BACKUP
from storage.tables.base import Table
from storage.tables.bulletins import Bulletin, BulletinImage
from storage.tables.deliveries import Delivery, DeliveryState, Lane
from storage.tables.people import Person, WebSession
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person

EVERYBODY = SendingPolicy(live=True, slack=True)
SEALED = "the words of an escalation"


@dataclass
class Place:
    """Opens stores on fresh databases of both kinds."""

    open: Callable[[str], Store]
    postgres: str
    folder: Path

    def other(self, store: Store) -> Store:
        """A store of the other kind."""
        return self.open(self.postgres if store.engines.sqlite else f"sqlite:///{self.folder}/other.db")


@pytest.fixture
async def place(postgres_url: str, tmp_path: Path, clock: MovingClock, keyring: Keyring) -> AsyncIterator[Place]:
    opened: list[Store] = []

    def opens(url: str) -> Store:
        opened.append(Store(url, clock=clock, keyring=keyring, sending=EVERYBODY))
        return opened[-1]

    yield Place(opens, postgres_url, tmp_path)
    for store in opened:
        await store.close()


async def _lived_in(store: Store) -> None:
    """A partnership with messages in every state that matters, a sealed text, an image and a chained audit log."""
    async with store.transaction() as uow:
        await a_partnership(uow)
        ada = await a_person(uow, "Ada", agency_id="northmere-police", level=3, slack_id="U1")
        await a_person(uow, "Zoë Ó'Brien <script>", roles=["manager", "practitioner"], agency_id="northmere-health")
        for key in ("claimed", "due", "later", "sent"):
            await uow.deliveries.tell(ada, Message(kind="people.stranger", ledger_key=key, lane=Lane.ROUTINE))
        rows = {
            row.ledger_key.partition(":")[0]: row for row in (await uow.session.execute(select(Delivery))).scalars()
        }
        rows["claimed"].state, rows["claimed"].lease = DeliveryState.CLAIMED, "a-lease"
        rows["sent"].state = DeliveryState.SENT
        rows["later"].due_at = uow.now.replace(year=2027)
        empty = {
            "series_id": "main",
            "title": "One",
            "source": "# One",
            "content_hash": "",
            "audience": {},
            "author": "",
        }
        uow.session.add(Bulletin(id="one", changed_at=uow.now, **empty))
        await uow.session.flush()
        picture = bytes(range(256))
        uow.session.add(
            BulletinImage(bulletin_id="one", name="a", served_as="b", media_type="image/png", content=picture)
        )
        uow.audit.add("people.imported", thing="people", by=ada, detail={"n": 2, "why": None})
        uow.signins.new_session(person_id=ada.id, signed_in=True)
        await uow.switches.set("sealed", uow.keyring.seal(SEALED, about="switch"))
    async with store.transaction() as uow:
        await uow.audit.seal()


async def _all_rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    async with store.reading() as uow:
        return {
            table.name: sorted((tuple(row) for row in (await uow.session.execute(select(table))).all()), key=repr)
            for table in Table.metadata.sorted_tables
        }


TOUCHED = {"delivery", "delivery_attempt", "web_session", "person", "switch", "audit_entry"}
"""What a restore changes on purpose; everything else must come back as it was, to the last byte."""


async def test_everything_comes_back_in_the_same_or_the_other_kind_of_database(
    store: Store, place: Place, tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    await _lived_in(store)
    before = await _all_rows(store)
    made = await make_backup(store.engines, tmp_path / "one.backup", keyring=keyring, now=clock())
    assert made.people == 2
    assert made.tables["delivery"] == 4
    other = place.other(store)

    await restore_into(other, tmp_path / "one.backup")

    assert await schema.differences(other.engines) == []
    after = await _all_rows(other)
    assert {name for name in before if before[name] != after[name]} == TOUCHED
    async with other.transaction() as uow:
        assert (await uow.audit.verify()).first_bad is None
        assert uow.keyring.open(await uow.switches.value("sealed") or "", about="switch") == SEALED
        assert (await a_person(uow, "New")).id > 2, "numbering goes on where it was"


async def test_what_comes_back_is_harmless(store: Store, tmp_path: Path, clock: MovingClock, keyring: Keyring) -> None:
    await _lived_in(store)
    file = tmp_path / "one.backup"
    await make_backup(store.engines, file, keyring=keyring, now=clock())
    clock.move(hours=1)
    if store.engines.sqlite:  # a file is put in place of another; PostgreSQL is emptied and filled
        other = Store(f"sqlite:///{tmp_path}/new.db", clock=clock, keyring=keyring, sending=EVERYBODY)
    else:
        other = store

    restored = await restore_into(other, file)

    async with other.transaction() as uow:
        rows = (await uow.session.execute(select(Delivery))).scalars()
        states = {row.ledger_key.partition(":")[0]: (row.state, row.lease) for row in rows}
        assert states == {
            "claimed": ("uncertain", None),
            "due": ("uncertain", None),
            "later": ("queued", None),
            "sent": ("sent", None),
        }
        assert restored.resting == 2
        assert await uow.switches.sending_paused()
        assert {person.link_epoch for person in (await uow.session.execute(select(Person))).scalars()} == {1}
        [latest] = await uow.audit.latest(limit=1)
        assert latest.action == "database.restored"
        assert (await uow.session.execute(select(WebSession.ended_at))).scalars().all() == [clock()]
    if other is not store:
        await other.close()


async def test_after_a_restore_the_last_backup_is_the_one_that_came_back(
    sqlite_store: Store, place: Place, tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    """A backup is noted when it is whole, so it knows nothing of itself: the doctor said that none was ever made."""
    await _lived_in(sqlite_store)
    made = await make_backup(sqlite_store.engines, tmp_path / "one.backup", keyring=keyring, now=clock())
    clock.move(days=3)
    other = place.other(sqlite_store)

    await restore_into(other, tmp_path / "one.backup")

    async with other.reading() as uow:
        assert await uow.switches.value(LAST_BACKUP) == made.made_at
        backup = {check.name: check for check in await contents(uow)}["backup"]
    assert backup.good
    assert backup.found == "the last is 3 days old"


async def test_a_restore_that_fails_changes_nothing(
    store: Store, tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    """A reference to nobody is noticed by the database itself, and the transaction undoes all."""
    await _lived_in(store)
    before = await _all_rows(store)
    file, forged = tmp_path / "one.backup", tmp_path / "forged.backup"
    await make_backup(store.engines, file, keyring=keyring, now=clock())
    lines = gzip.decompress(file.read_bytes()[FIRST_LENGTH:]).decode().splitlines()
    _write(forged, [json.loads(line.replace("northmere-police", "nowhere", 1)) for line in lines], keyring)

    with pytest.raises(BackupProblem):
        await restore_into(store, forged)

    assert await _all_rows(store) == before


def _write(file: Path, lines: list[object], keyring: Keyring) -> None:
    with new_file(file, keyring=keyring) as writer:
        for line in lines:
            writer.line(line)


# ruff: noqa: ASYNC240 - nothing else runs in a test's loop that reading a small file could hold up


@pytest.fixture
async def whole(sqlite_store: Store, tmp_path: Path, clock: MovingClock, keyring: Keyring) -> Path:
    await _lived_in(sqlite_store)
    file = tmp_path / "whole.backup"
    await make_backup(sqlite_store.engines, file, keyring=keyring, now=clock())
    return file


async def test_a_flipped_byte_anywhere_and_a_file_cut_anywhere_are_noticed(
    whole: Path, tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    data = whole.read_bytes()
    places = [*range(0, 190, 7), *range(190, len(data), len(data) // 40)]
    for place in places:
        (tmp_path / "flipped").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BackupProblem):
            await verify_backup(tmp_path / "flipped", keyring=keyring, clock=clock)
        (tmp_path / "cut").write_bytes(data[:place])
        with pytest.raises(BackupProblem):
            await verify_backup(tmp_path / "cut", keyring=keyring, clock=clock)


async def test_a_row_taken_out_by_somebody_who_knows_the_format_is_noticed(
    whole: Path, tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    data = whole.read_bytes()
    body = gzip.compress(b"".join(gzip.decompress(data[FIRST_LENGTH:]).splitlines(keepends=True)[:-3]), mtime=0)
    said = data[: FIRST_LENGTH - 23].replace(_sha(data[FIRST_LENGTH:]), _sha(body))
    (tmp_path / "forged").write_bytes(said + b" line=" + _sha(said)[:16] + b"\n" + body)
    with pytest.raises(BackupProblem, match="not made by this installation"):
        await verify_backup(tmp_path / "forged", keyring=keyring, clock=clock)


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


async def test_without_the_key_it_can_be_checked_but_not_put_back(
    whole: Path, sqlite_store: Store, clock: MovingClock
) -> None:
    stranger = Keyring(("another secret that has nothing to do with it",))
    assert not (await verify_backup(whole, keyring=stranger, clock=clock)).ours
    assert not (await verify_backup(whole, keyring=None, clock=clock)).ours
    sqlite_store.keyring = stranger
    with pytest.raises(BackupProblem, match="Put it back, after the newest one"):
        await restore_into(sqlite_store, whole)


async def test_a_backup_of_a_newer_herald_is_refused_by_name(
    sqlite_store: Store, tmp_path: Path, keyring: Keyring
) -> None:
    newer = manifest_line(Manifest("2030-01-01T00:00:00+00:00", "9999", "7.0", "SQLite", {}))
    _write(tmp_path / "newer", [newer], keyring)
    with pytest.raises(BackupProblem, match=r"newer Herald \(7\.0, schema 9999\)"):
        await restore_into(sqlite_store, tmp_path / "newer")


async def test_a_backup_of_the_first_schema_is_brought_forward(
    tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    old = Store(f"sqlite:///{tmp_path}/old.db", clock=clock, keyring=keyring, sending=EVERYBODY)
    async with old.engines.writer.begin() as connection:
        await connection.run_sync(lambda sync: schema.lay(sync, "0001"))
    async with old.transaction() as uow:
        await a_person(uow, "Ada")
    made = await make_backup(old.engines, tmp_path / "old.backup", keyring=keyring, now=clock())
    await old.close()
    assert made.schema == "0001"
    new = Store(f"sqlite:///{tmp_path}/new.db", clock=clock, keyring=keyring, sending=EVERYBODY)

    await restore_into(new, tmp_path / "old.backup")

    assert await schema.version(new.engines) == schema.newest()
    assert await schema.differences(new.engines) == []
    async with new.reading() as uow:
        assert await uow.people.by_email("ada@example.org") is not None
    await new.close()


async def test_it_never_overwrites_and_leaves_nothing_half_made(
    sqlite_store: Store, tmp_path: Path, clock: MovingClock, keyring: Keyring
) -> None:
    await _lived_in(sqlite_store)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "mine").write_text("precious")
    with pytest.raises(BackupProblem, match="never overwrites"):
        await make_backup(sqlite_store.engines, folder / "mine", keyring=keyring, now=clock())

    def breaks(_done: int, _total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BackupProblem, match="No space left"):
        await make_backup(sqlite_store.engines, folder / "other", keyring=keyring, now=clock(), progress=breaks)
    assert [each.name for each in folder.iterdir()] == ["mine"]
    assert (folder / "mine").read_text() == "precious"


async def test_the_file_holds_no_sealed_words_and_only_its_owner_may_read_it(whole: Path) -> None:
    text = gzip.decompress(whole.read_bytes()[FIRST_LENGTH:]).decode()
    assert SEALED not in text
    assert whole.stat().st_mode & 0o077 == 0
    assert not list(whole.parent.glob(".herald-backup-*"))


def test_a_complete_file_takes_the_name_of_another(tmp_path: Path) -> None:
    for name in ("old.db", "new.db"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "old.db-wal").write_bytes(b"left over")
    replace_file(tmp_path / "old.db", tmp_path / "new.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.db"]


def test_the_fingerprint_of_a_table_is_that_of_its_rows() -> None:
    one, other = Tally(), Tally()
    one.add([1, "a"])
    other.add([1, "b"])
    assert one.ending("t")["rows"] == other.ending("t")["rows"] == 1
    assert one.ending("t")["sha256"] != other.ending("t")["sha256"]
