"""What the inbox holds: the last mails, in memory for the pages and as `.eml` files for everybody else's programs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from email.parser import BytesParser
from email.policy import default as MODERN
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from handlers.wording import moment_in_words

LOCAL: Final = ZoneInfo("Europe/London")
KEPT: Final = 2000
_FILE: Final = re.compile(r"(\d{6,})\.eml")


@dataclass(frozen=True, slots=True)
class Received:
    """One delivered mail. `raw` begins with Return-Path and Delivered-To, as delivery adds them (RFC 5321 4.4)."""

    number: int
    envelope_from: str
    recipient: str
    subject: str
    sender: str
    date: str
    raw: bytes

    @property
    def has_calendar(self) -> bool:
        """Whether a calendar entry came along."""
        return b"Content-Type: text/calendar" in self.raw


class Inbox:
    """The last `kept` mails, oldest forgotten first; found again on disk after a restart."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder = folder
        self._kept = kept
        self._mails: dict[int, Received] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.eml")):
            if match := _FILE.fullmatch(path.name):
                self._keep(_read(int(match[1]), path.read_bytes()))

    def deliver(self, *, envelope_from: str, recipients: Iterable[str], raw: bytes) -> None:
        """Keep one copy for each recipient, on disk before it is acknowledged. Raises OSError."""
        for recipient in recipients:
            number = max(self._mails, default=0) + 1
            head = f"Return-Path: <{_line(envelope_from)}>\r\nDelivered-To: {_line(recipient)}\r\n"
            delivered = head.encode("utf-8", "replace") + raw
            path = self._folder / f"{number:06d}.eml"
            path.with_suffix(".new").write_bytes(delivered)
            path.with_suffix(".new").replace(path)
            self._keep(_read(number, delivered))

    def newest(self, words: str = "") -> list[Received]:
        """Newest first; with words, those whose recipient or subject holds them all."""
        wanted = words.casefold().split()
        mails = reversed(self._mails.values())
        return [mail for mail in mails if all(word in f"{mail.recipient} {mail.subject}".casefold() for word in wanted)]

    def get(self, number: int) -> Received | None:
        """One mail, if it is still kept."""
        return self._mails.get(number)

    def _keep(self, mail: Received) -> None:
        self._mails[mail.number] = mail
        while len(self._mails) > self._kept:
            oldest = next(iter(self._mails))
            del self._mails[oldest]
            (self._folder / f"{oldest:06d}.eml").unlink(missing_ok=True)


def _read(number: int, raw: bytes) -> Received:
    headers = BytesParser(policy=MODERN).parsebytes(raw, headersonly=True)

    def shown(name: str) -> str:
        try:
            return _line(str(headers[name] or ""))
        except (
            ValueError,
            LookupError,
            AttributeError,
            IndexError,
            TypeError,
        ):  # the reader stumbles over some bad mail
            return "(unreadable)"

    return Received(
        number=number,
        envelope_from=shown("Return-Path").strip("<>"),
        recipient=shown("Delivered-To"),
        subject=shown("Subject") or "(no subject)",
        sender=shown("From"),
        date=_date(shown("Date")),
        raw=raw,
    )


def _date(header: str) -> str:
    """When it was sent, on the clocks of the invented partnership as on all its pages; else what the mail says."""
    try:
        date = parsedate_to_datetime(header)
        aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)  # `-0000`: in UTC, from who knows where
        return moment_in_words(aware.astimezone(LOCAL))
    except (ValueError, OverflowError):
        return header


def _line(text: str) -> str:
    return " ".join(text.split())
