"""`herald` in this process: the real command line, real files, a database of the test's own, a real relay beside it."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.contract import files
from tests.shell.herald import Ran


@dataclass
class Desk:
    """A folder, its settings, and the command in it."""

    folder: Path
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    def run(self, *words: str, typed: str = "") -> Ran:
        """Runs `herald WORDS` in the folder; argparse ends by SystemExit, as it does for everybody."""
        self.captured.readouterr()
        self.patch.setattr(sys, "stdin", io.StringIO(typed))
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self.captured.readouterr()
        return Ran(code, said.out, said.err)

    def done(self, *words: str, typed: str = "") -> Ran:
        """The same for a command that must work."""
        ran = self.run(*words, typed=typed)
        assert ran.code == 0, f"{words}: {ran.err}"
        return ran

    def write(self, name: str, text: str) -> str:
        """Writes a file beside the database."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def set(self, **settings: str) -> None:
        """Sets `HERALD_…` for the commands that follow."""
        for name, value in settings.items():
            self.patch.setenv(f"HERALD_{name}", value)


@dataclass(frozen=True, slots=True)
class Relay:
    """A real SMTP server in a process of its own that writes down what it takes."""

    port: int
    log: Path

    def taken(self) -> list[dict[str, Any]]:
        """Envelope, Message-ID and Date of every message that it took, the oldest first."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


@pytest.fixture
def herald(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A new installation: a secret and nothing else."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, monkeypatch, capsys)
    desk.set(SECRET_KEY="the-secret-of-the-contract-tests-long-enough")
    return desk


@pytest.fixture
def northmere(herald: Desk) -> Desk:
    """The partnership of the contract's sample, and five people of it."""
    herald.done("migrate")
    herald.done("apply", herald.write("partnership.yaml", files.PARTNERSHIP))
    herald.done("people", "import", herald.write("people.csv", files.PEOPLE))
    return herald


@pytest.fixture
def relay(herald: Desk) -> Iterator[Relay]:
    """A relay that the installation sends through."""
    log = herald.folder / "relay.log"
    words = [sys.executable, "-m", "tests.smtp_sink", "--port", "0", "--log", str(log)]
    with subprocess.Popen(words, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        herald.set(
            SMTP_URL=f"smtp://127.0.0.1:{port}?tls=none",
            MAIL_FROM="herald@northmere.example.org",
            MAIL_DOMAIN="mail.example.org",
            BASE_URL="https://herald.example.org",
        )
        try:
            yield Relay(port, log)
        finally:
            process.terminate()
