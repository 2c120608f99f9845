"""Runs the `herald` command as a person does: as a process of its own, in a folder of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.factories import PARTNERSHIP
from tests.shell.forked import ROOT, forker

SECRET = "the-secret-of-a-test-installation-long-enough"
PEOPLE = """email,name,agency,roles,series,manager_email
ada@example.org,Ada,northmere-council,coordinator;admin,main,
ben@example.org,Ben,northmere-police,manager,main,
cy@example.org,Cy,northmere-police,practitioner,main,ben@example.org
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The result as JSON."""
        return json.loads(self.out)


@dataclass
class Installation:
    """A folder with its settings; `run` is the command in it."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The variables of a command: none of the person's own that begin with HERALD_."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("HERALD_")}
        return {**own, "HERALD_SECRET_KEY": SECRET, **self.settings}

    def run(self, *words: str, stdin: str = "") -> Ran:
        """Runs `herald WORDS`, in a process that was forked rather than started."""
        return Ran(*forker().run(words, folder=self.folder, environment=self.environment(), stdin=stdin))

    def start(self, *words: str, stdin: str = "") -> Ran:
        """The same in a fresh interpreter, as a shell starts it: a second dearer."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "bot", *words],
            cwd=self.folder,
            env={**self.environment(), "PYTHONPATH": str(ROOT)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, text: str) -> Path:
        """Writes a file into the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def begin(self) -> None:
        """Migrates, applies the partnership and imports three people."""
        self.write("partnership.yaml", PARTNERSHIP)
        self.write("people.csv", PEOPLE)
        for words in (("migrate",), ("apply", "partnership.yaml"), ("people", "import", "people.csv")):
            ran = self.run(*words)
            assert ran.code == 0, ran.err
