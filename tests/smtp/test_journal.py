"""What the relay answered survives a kill, is read once, and is forgotten only when the database has it."""

import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digests.journal import SEGMENT, Journal, JournalRecord, replay
from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Temporary, Uncertain

NOW = datetime(2026, 12, 1, 9, 0, 0, 123456, tzinfo=UTC)
OUTCOMES: list[Outcome] = [
    Accepted(250, "2.0.0 taken"),
    Temporary(451, "4.7.1 later", retry="relay"),
    Refused(550, "5.1.1 “who?”", suppress=True, message_at_fault=False),
    RelayDown("gone"),
    RelayRefuses(535, "no", message_named=False),
    Uncertain("after the dot"),
]


def record(number: int, outcome: Outcome | None = None) -> JournalRecord:
    return JournalRecord(f"d-{number}", "claim-1", outcome or Accepted(250, "taken"), NOW)


def left_by_a_dead_process(folder: Path, name: str, records: list[JournalRecord]) -> None:
    journal = Journal(folder, name)
    for each in records:
        journal.append(each)
    journal.close()


def test_every_outcome_is_read_back_as_it_was(tmp_path: Path) -> None:
    records = [record(number, outcome) for number, outcome in enumerate(OUTCOMES)]
    left_by_a_dead_process(tmp_path, "old", records)
    assert list(replay(tmp_path).records) == records


def test_a_directory_that_does_not_exist_yet_holds_nothing(tmp_path: Path) -> None:
    assert replay(tmp_path / "not-yet").records == ()


def test_what_was_read_is_forgotten_only_on_word(tmp_path: Path) -> None:
    left_by_a_dead_process(tmp_path, "old", [record(1)])
    assert replay(tmp_path).records == replay(tmp_path).records == (record(1),)
    replay(tmp_path).forget()
    assert replay(tmp_path).records == ()
    assert list(tmp_path.iterdir()) == []


def test_what_came_after_the_seal_outlives_the_forgetting(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.append(record(1))
    sealed = journal.seal()
    journal.append(record(2))
    journal.forget(sealed)
    journal.close()
    assert replay(tmp_path).records == (record(2),)


def test_a_batch_that_failed_is_forgotten_with_the_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.append(record(1))
    journal.seal()
    journal.append(record(2))
    journal.forget(journal.seal())
    journal.close()
    assert replay(tmp_path).records == ()


@pytest.mark.parametrize("torn", range(1, 60, 7))
def test_a_torn_last_line_costs_only_itself(tmp_path: Path, torn: int) -> None:
    left_by_a_dead_process(tmp_path, "old", [record(1), record(2)])
    [segment] = tmp_path.glob("*.journal")
    segment.write_bytes(segment.read_bytes()[:-torn])
    left_by_a_dead_process(tmp_path, "other", [record(3)])
    found = replay(tmp_path)
    assert [each.delivery for each in found.records] in (["d-1", "d-3"], ["d-1", "d-2", "d-3"])
    assert torn == 1 or len(found.records) == 2
    found.forget()
    assert list(tmp_path.iterdir()) == []


def test_rubbish_in_the_journal_is_passed_over(tmp_path: Path) -> None:
    left_by_a_dead_process(tmp_path, "old", [record(1)])
    [segment] = tmp_path.glob("*.journal")
    segment.write_bytes(b'\x00\xff\n[]\n{"a":1}\n["d","c","yesterday","accepted",{}]\n' + segment.read_bytes())
    assert replay(tmp_path).records == (record(1),)


def test_the_journal_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    living = Journal(tmp_path, "living")
    living.append(record(1))
    left_by_a_dead_process(tmp_path, "dead", [record(2)])
    found = replay(tmp_path)
    assert found.records == (record(2),)
    found.forget()
    living.append(record(3))
    living.close()
    assert [each.delivery for each in replay(tmp_path).records] == ["d-1", "d-3"]


def test_a_journal_of_any_length_is_read_back_in_order(tmp_path: Path) -> None:
    long = Accepted(250, "taken " * SEGMENT)
    records = [record(number) for number in range(2 * SEGMENT // 100)]
    records.insert(700, record(-1, long))
    left_by_a_dead_process(tmp_path, "old", records)
    assert len(list(tmp_path.glob("*.journal"))) >= 4
    assert list(replay(tmp_path).records) == records


def test_a_full_disk_says_so_and_leaves_no_torn_segment(tmp_path: Path) -> None:
    """A file may grow no further here than a disk without room would let it."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal = Journal(tmp_path, "one")
    journal.append(record(1))
    journal.seal()
    resource.setrlimit(resource.RLIMIT_FSIZE, (SEGMENT // 2, most))
    try:
        with pytest.raises(OSError, match="disk is full"):
            journal.append(record(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, ignored)
    journal.append(record(3))
    journal.close()
    assert [each.delivery for each in replay(tmp_path).records] == ["d-1", "d-3"]


def test_two_processes_cannot_share_a_name(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    left_by_a_dead_process(tmp_path, "two", [])
    with pytest.raises(FileExistsError):
        Journal(tmp_path, "one")
    journal.close()


KILLED = """
import sys, datetime, pathlib
from digests.journal import Journal, JournalRecord
from digests.mail_replies import Accepted
journal = Journal(pathlib.Path(sys.argv[1]), "killed")
for number in range(1_000_000):
    at = datetime.datetime.fromisoformat("2026-12-01T09:00:00+00:00")
    journal.append(JournalRecord(str(number), "c", Accepted(250, "ok"), at))
    print(number, flush=True)
"""


def test_kill_minus_nine_loses_nothing_that_was_written(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == 500:
            assert replay(tmp_path).records == ()  # it lives
            process.send_signal(signal.SIGKILL)
            break
    told = [int(line) for line in process.stdout.read().splitlines() if line]
    process.stdout.close()
    process.wait()
    kept = [int(each.delivery) for each in replay(tmp_path).records]
    assert kept == list(range(len(kept)))
    assert len(kept) > max([500, *told[:-1]])
