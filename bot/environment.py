"""The only place that reads the environment of the process and the file `.env`."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings, SettingsProblems

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Environment:
    """What this process was told: variables (those of `.env` below those of the process) and advice about them."""

    variables: dict[str, str]
    advice: tuple[str, ...] = ()

    def settings(self) -> Settings:
        """The settings. Raises SettingsProblems with every problem at once."""
        return Settings.from_env(self.variables, read_file=_read_text)


def read_environment(folder: Path | None = None) -> Environment:
    """The variables of this process, and of `.env` in the folder (the working folder by default) for what is not set.

    Raises SettingsProblems for a line of `.env` that cannot be read.
    """
    path = (folder or Path.cwd()) / ".env"
    if not path.is_file():
        return Environment(dict(os.environ))
    variables = {**parse_env_file(_read_text(str(path)), name=str(path)), **os.environ}
    return Environment(variables, _advice(path))


def no_colour() -> bool:
    """Whether the person asked for output without colour (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def parse_env_file(text: str, *, name: str = ".env") -> dict[str, str]:
    """The variables of a `.env` file: `NAME=value` per line, perhaps after `export`, value perhaps in quotes.

    A line beginning with `#` is a comment; in a value without quotes a comment begins at ` #`. Nothing is expanded.
    Raises SettingsProblems that name every line that is none of these.
    """
    found: dict[str, str] = {}
    problems = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value = None if match is None else _value(match["value"])
        if match is None or value is None:
            problems.append(f"{name}:{number}: this line cannot be read. Write NAME=value, with both quotes or none.")
        else:
            found[match["name"]] = value
    if problems:
        raise SettingsProblems(tuple(problems))
    return found


def _value(text: str) -> str | None:
    if text[:1] in ("'", '"'):
        quoted, end, rest = text[1:].partition(text[0])
        return quoted if end and (not rest.strip() or rest.lstrip().startswith("#")) else None
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def _advice(path: Path) -> tuple[str, ...]:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return (f"Other people on this machine may read {path}, which holds secrets. Run: chmod 600 {path}",)
    return ()


def _read_text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
