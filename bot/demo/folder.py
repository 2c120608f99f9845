"""The folder in which a demo keeps its data: a database, the inbox, the secret key. Touches only what is its own."""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MARK: Final = "herald-demo.txt"
MARK_TEXT: Final = "A demo of Herald keeps its invented data here. Delete the folder whenever you like.\n"
DATABASE: Final = "herald.db"


class NotOurs(Exception):
    """The folder holds something else; the text says what to do."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where everything of one demo is. While it is made it stands in `new`, so that a stop half-way leaves nothing."""

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / DATABASE

    @property
    def inbox(self) -> Path:
        """Every mail that the demo sent."""
        return self.path / "inbox"

    @property
    def state(self) -> Path:
        """The journal of sent mail."""
        return self.path / "state"

    @property
    def new(self) -> "DemoFolder":
        """Where the data grow until they are complete."""
        return DemoFolder(self.path / "new")

    @property
    def complete(self) -> bool:
        """Whether a demo was made here before."""
        return self.database.is_file()

    def open(self, *, reset: bool) -> None:
        """Makes the folder; `reset` throws away what a demo left. Raises NotOurs for a folder of other things."""
        mark = self.path / MARK
        if self.path.exists() and not mark.is_file() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise NotOurs(f"{self.path} holds something else. Choose an empty or new folder with --data.")
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.write_text(MARK_TEXT, encoding="utf-8")
        shutil.rmtree(self.new.path, ignore_errors=True)
        if reset:
            for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
                (self.path / name).unlink(missing_ok=True)
            for folder in (self.inbox, self.state):
                shutil.rmtree(folder, ignore_errors=True)

    def begin(self) -> "DemoFolder":
        """A fresh place for the data to grow in."""
        self.new.path.mkdir(mode=0o700)
        return self.new

    def take_over(self) -> None:
        """Moves the complete data to their place; the database last, since it says that all is there."""
        for name in ("inbox", "state", DATABASE):
            made = self.new.path / name
            if made.exists():
                made.rename(self.path / name)
        shutil.rmtree(self.new.path, ignore_errors=True)

    def secret(self) -> str:
        """The demo's own secret key, made at random at the first start; only its owner may read it."""
        path = self.path / "secret-key"
        if not path.is_file():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(secrets.token_urlsafe(32))
        return path.read_text(encoding="utf-8").strip()
