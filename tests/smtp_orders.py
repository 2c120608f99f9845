"""What the small SMTP server of the tests is told, and what it remembers (`tests/smtp_sink.py`)."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from fnmatch import fnmatchcase
from typing import Literal

from tests.certificates import SelfSigned

Stage = Literal["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MID-BODY", "BODY", "RSET"]
When = Literal["before reply", "after reply"]
Manner = Literal["as it is", "octet by octet", "glued"]


@dataclass(frozen=True)
class Rule:
    """What to do instead of saying yes. `nth` counts the arrivals that fit the rule; `times` is how often it acts.

    `strike` is called when the rule acts, `struck` says on which side of the reply: so a sender can be killed exactly
    between the relay's yes and its own record. A `delay` may be asked for anew each time.
    """

    stage: Stage
    reply: str | None = None
    hang_up: When | None = None
    delay: float | Callable[[], float] = 0.0
    recipient: str = "*"
    nth: int | None = None
    times: int | None = None
    strike: Callable[[], object] | None = None
    struck: When = "before reply"


@dataclass(frozen=True)
class Mail:
    """One message as it came, dots unstuffed. `answered` is False where the sender never heard that it was taken."""

    order: int
    connection: int
    sender: str
    recipient: str
    raw: bytes
    answered: bool
    tls: bool


@dataclass
class Sink:
    """The server's memory and its orders."""

    log: int | None = None
    tls: SelfSigned | None = None
    implicit_tls: bool = False
    sign_in: tuple[str, str] | None = None
    pipelining: bool = False
    lenient: bool = False  # says 354 to DATA though every recipient was refused (RFC 2920 3.1 lets it)
    manner: Manner = "as it is"  # how replies travel
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    rules: list[Rule] = field(default_factory=list)
    _seen: Counter[int] = field(default_factory=Counter)
    _taken: int = 0

    @property
    def url(self) -> str:
        """The setting that leads here."""
        if self.tls is None:
            return f"smtp://127.0.0.1:{self.port}?tls=none"
        return f"smtp://127.0.0.1:{self.port}?tls={'tls' if self.implicit_tls else 'starttls'}&ca={self.tls.ca_file}"

    def refuse(
        self, stage: Stage, reply: str, *, recipient: str = "*", nth: int | None = None, times: int | None = None
    ) -> None:
        """Answer so at this stage. `recipient` may be a pattern such as `*@gone.example.org`."""
        self.rules.append(Rule(stage, reply=reply, recipient=recipient, nth=nth, times=times))

    def hang_up(
        self,
        stage: Stage,
        when: When = "before reply",
        *,
        recipient: str = "*",
        nth: int | None = None,
        times: int | None = None,
    ) -> None:
        """Close the connection at this stage. `BODY` before the reply: the message is taken, the sender is not told."""
        self.rules.append(Rule(stage, hang_up=when, recipient=recipient, nth=nth, times=times))

    def wait(self, stage: Stage, seconds: float, *, recipient: str = "*", nth: int | None = None) -> None:
        """Answer this stage late."""
        self.rules.append(Rule(stage, delay=seconds, recipient=recipient, nth=nth))

    def strike(self, stage: Stage, what: Callable[[], object], when: When = "before reply", *, nth: int = 1) -> None:
        """Do something, once, when the nth message from now comes to this stage."""
        self.rules.append(Rule(stage, strike=what, struck=when, nth=nth))

    @property
    def taken(self) -> int:
        """How many messages were taken, copies included."""
        return self._taken

    def behave(self) -> None:
        """Forget all orders; keep what was received."""
        self.rules.clear()
        self._seen.clear()

    def to(self, recipient: str) -> list[Mail]:
        """What came for one recipient."""
        return [mail for mail in self.mails if mail.recipient == recipient]

    def orders_for(self, stage: Stage, recipient: str) -> list[Rule]:
        """The rules that act on this arrival, counted."""
        acting = []
        for number, rule in enumerate(self.rules):
            if rule.stage != stage or not fnmatchcase(recipient, rule.recipient):
                continue
            self._seen[number] += 1
            seen = self._seen[number]
            if (rule.nth is None or seen == rule.nth) and (rule.times is None or seen <= rule.times):
                acting.append(rule)
        return acting

    def take(self, *, connection: int, sender: str, recipient: str, raw: bytes, answered: bool, tls: bool) -> None:
        """Remember a message; with a log, in the file rather than in memory, one line in one write."""
        self._taken += 1
        if self.log is None:
            self.mails.append(Mail(self._taken, connection, sender, recipient, raw, answered, tls))
            return
        headers = BytesHeaderParser().parsebytes(raw)
        line = {
            "order": self._taken,
            "from": sender,
            "to": recipient,
            "message_id": headers["Message-ID"],
            "date": headers["Date"],
            "sha256": hashlib.sha256(raw).hexdigest(),
            "answered": answered,
        }
        os.write(self.log, json.dumps(line).encode() + b"\n")
