"""Log lines: text or JSON, one line each, without anybody's e-mail address, token or words.

Everything that the process logs goes through one formatter, the access log and other libraries included.
Of an exception only its type and place are logged: messages of libraries repeat what people typed (a database error
holds the row). Law 8, reference/slack-web-security.md section 10 (5).
"""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, TextIO

REQUEST: Final[ContextVar[str]] = ContextVar("request", default="")
"""The id of the web request that is being answered: random, so that its lines can be put together, and nothing else."""

LONGEST_FOREIGN: Final = 200
OUR_LOGGERS: Final = ("herald", "uvicorn")
QUIET: Final = (
    "uvicorn.error",
    "slack_bolt",
    "slack_sdk",
    "apscheduler",
    "aiosqlite",
    "sqlalchemy",
    "alembic",
    "asyncio",
    "mail.log",
    "flufl.bounce",
)
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'=-]+(?:@|%40)[A-Za-z0-9.-]+")
_TOKEN_PATH: Final = re.compile(r"(/(?:l|sign-in|unsubscribe|opinions)/)[^\s\"'?#<>]+", re.IGNORECASE)
_SLACK_TOKEN: Final = re.compile(r"\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]+", re.IGNORECASE)
_BEARER: Final = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)
_PASSWORD_IN_URL: Final = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*@")
_QUERY: Final = re.compile(r"(?<=[A-Za-z0-9/_~-])\?\S*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def scrubbed(text: str) -> str:
    """The text on one line without addresses, tokens, passwords, query strings; control characters are spelled out."""
    plain = _PASSWORD_IN_URL.sub("", text)
    plain = _TOKEN_PATH.sub(r"\1[token]", plain)
    plain = _SLACK_TOKEN.sub("[token]", _BEARER.sub(r"\1 [token]", plain))
    plain = _EMAIL.sub("[e-mail]", _QUERY.sub("?...", plain))
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), plain)


def set_up(*, as_json: bool, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Sends everything that is logged in this process to a stream (standard error), through the one formatter."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lines(logging.Formatter):
    """What both forms share: the safe words of a record."""

    def words(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        if record.name.partition(".")[0] not in OUR_LOGGERS:
            text = text.partition("\n")[0][:LONGEST_FOREIGN]
        return scrubbed(text)

    def failure(self, record: logging.LogRecord) -> str:
        if not record.exc_info or record.exc_info[0] is None:
            return ""
        kind, _, trace = record.exc_info
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return f"{kind.__name__} at {' < '.join(reversed(places))}"

    def instant(self, record: logging.LogRecord) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class TextLines(_Lines):
    """For people: `2026-11-24T10:00:00.000+00:00 INFO herald.web: ...`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for one record."""
        failure = self.failure(record)
        request = f" [{REQUEST.get()}]" if REQUEST.get() else ""
        line = f"{self.instant(record)} {record.levelname} {record.name}:{request} {self.words(record)}"
        return f"{line} ({failure})" if failure else line


class JsonLines(_Lines):
    """For machines: one JSON object on each line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for one record."""
        fields = {
            "at": self.instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.words(record),
        }
        more = {"request": REQUEST.get(), "failure": self.failure(record)}
        return json.dumps({**fields, **{name: text for name, text in more.items() if text}}, ensure_ascii=False)
