"""A small real SMTP server told to misbehave: refuse, wait or hang up, at any stage, for anyone, the nth time.

    async with running_sink() as sink:
        sink.refuse("RCPT", "550 5.1.1 no such person", recipient="gone@example.org")
        sink.hang_up("BODY", "before reply", recipient="lost@example.org")   # taken, but the sender never hears of it
        ... send to sink.port ...
        assert [mail.recipient for mail in sink.mails] == ["ada@example.org"]

As a process of its own, for tests that kill the sender: `python -m tests.smtp_sink --port 0 --log FILE` prints `PORT n`
and appends one JSON line for each message before it answers 250.
"""

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from tests.certificates import SelfSigned, self_signed

Stage = Literal["GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MID-BODY", "BODY", "RSET"]
When = Literal["before reply", "after reply"]
Manner = Literal["as it is", "octet by octet", "glued"]
OK = {
    "GREETING": "220 sink.example.org ESMTP",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 end with a dot",
    "BODY": "250 2.0.0 taken",
    "RSET": "250 2.0.0 forgotten",
}
LIMIT = 64 * 1024 * 1024
GLUE_S = 0.002


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


class _HangUp(Exception):
    pass


class _Session:
    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        sink.connections += 1
        self.number = sink.connections
        self.sender, self.recipients = "", []  # type: str, list[str]
        self.has_sender = False
        self.over_tls = sink.implicit_tls
        self.glued = b""

    async def run(self) -> None:
        self.sink.open_connections += 1
        try:
            await self.answer("GREETING")
            while line := await self.reader.readline():
                if not await self.obey(line.decode("utf-8", "replace").rstrip("\r\n")):
                    break
        except (_HangUp, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.sink.open_connections -= 1
            self.let_go()
            self.writer.close()
            with contextlib.suppress(OSError, TimeoutError):  # after a failed handshake Python 3.11 never says "closed"
                async with asyncio.timeout(0.2):
                    await self.writer.wait_closed()

    async def obey(self, line: str) -> bool:
        self.sink.commands.append(line)
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO" | "HELO":
                await self.answer("EHLO", self.extensions() if verb.upper() == "EHLO" else "250 sink.example.org")
            case "STARTTLS":
                await self.start_tls()
            case "AUTH":
                await self.sign_in(rest)
            case "MAIL":
                self.sender = _address(rest)
                self.has_sender = await self.answer("MAIL")
            case "RCPT":
                await self.take_recipient(_address(rest))
            case "DATA":
                await self.take_body()
            case "RSET":
                self.forget()
                await self.answer("RSET")
            case "NOOP":
                self.say("250 2.0.0 still here")
            case "QUIT":
                self.say("221 2.0.0 goodbye")
                return False
            case _:
                self.say("500 5.5.1 no such command")
        return True

    async def take_recipient(self, recipient: str) -> None:
        if not self.has_sender:
            self.say("503 5.5.1 MAIL first")
        elif await self.answer("RCPT", recipient=recipient):
            self.recipients.append(recipient)

    async def take_body(self) -> None:
        if not self.recipients:
            await self.nobody_to_send_to()
            return
        recipient = self.recipients[-1]
        if not await self.answer("DATA", recipient=recipient):
            return
        for rule in self.sink.orders_for("MID-BODY", recipient):
            await self.reader.readline()
            if rule.strike:
                rule.strike()
            if rule.reply:
                self.say(rule.reply)
            if rule.hang_up:
                await self.hang_up()
        raw = await self.reader.readuntil(b"\r\n.\r\n")
        raw = raw[:-3].replace(b"\r\n..", b"\r\n.").removeprefix(b".")
        orders = self.sink.orders_for("BODY", recipient)
        if all((rule.reply or "2").startswith("2") for rule in orders):
            answered = not any(rule.hang_up == "before reply" for rule in orders)
            for each in self.recipients:
                self.sink.take(
                    connection=self.number,
                    sender=self.sender,
                    recipient=each,
                    raw=raw,
                    answered=answered,
                    tls=self.over_tls,
                )
        self.forget()
        await self.carry_out(orders, OK["BODY"])

    async def nobody_to_send_to(self) -> None:
        if self.sink.lenient and self.has_sender:
            self.say("354 go on all the same")
            while await self.reader.readline() != b".\r\n":
                self.sink.commands.append("a line for nobody")
            self.forget()
            self.say("554 5.5.1 no valid recipients")
        else:
            self.say("503 5.5.1 RCPT first")

    async def start_tls(self) -> None:
        if self.sink.tls is None or self.over_tls:
            self.say("502 5.5.1 no TLS here")
        elif await self.answer("STARTTLS"):
            await self.writer.start_tls(self.sink.tls.server_context())
            self.over_tls = True
            self.forget()

    async def sign_in(self, rest: str) -> None:
        method, _, initial = rest.partition(" ")
        if self.sink.sign_in is None or method.upper() != "PLAIN":
            self.say("504 5.5.4 no such way to sign in")
            return
        _, name, password = base64.b64decode(initial).decode().split("\0")
        good = (name, password) == self.sink.sign_in
        await self.answer("AUTH", OK["AUTH"] if good else "535 5.7.8 wrong name or password")

    def extensions(self) -> str:
        offered = ["8BITMIME", "SIZE 35882577"]
        if self.sink.pipelining:
            offered.append("PIPELINING")
        if self.sink.tls is not None and not self.over_tls:
            offered.append("STARTTLS")
        if self.sink.sign_in is not None:
            offered.append("AUTH PLAIN")
        return "\r\n".join(["250-sink.example.org", *(f"250-{name}" for name in offered[:-1]), f"250 {offered[-1]}"])

    async def answer(self, stage: Stage, text: str = "", *, recipient: str = "") -> bool:
        """Answer a stage as ordered; say whether it was a yes."""
        return await self.carry_out(self.sink.orders_for(stage, recipient), text or OK[stage])

    async def carry_out(self, orders: list[Rule], text: str) -> bool:
        for rule in orders:
            if delay := rule.delay() if callable(rule.delay) else rule.delay:
                await asyncio.sleep(delay)
            text = rule.reply or text
        self.strike(orders, "before reply")
        if any(rule.hang_up == "before reply" for rule in orders):
            await self.hang_up()
        self.say(text)
        self.strike(orders, "after reply")
        if any(rule.hang_up == "after reply" for rule in orders) or text.startswith("421"):
            await self.hang_up()
        return text[0] in "23"

    def strike(self, orders: list[Rule], when: When) -> None:
        for rule in orders:
            if rule.strike and rule.struck == when:
                rule.strike()

    def say(self, text: str) -> None:
        reply = text.encode() + b"\r\n"
        if self.sink.manner == "glued":
            if not self.glued:
                asyncio.get_running_loop().call_later(GLUE_S, self.let_go)
            self.glued += reply
            return
        step = 1 if self.sink.manner == "octet by octet" else len(reply)
        for start in range(0, len(reply), step):
            self.writer.write(reply[start : start + step])

    def let_go(self) -> None:
        glued, self.glued = self.glued, b""
        if glued and not self.writer.is_closing():
            self.writer.write(glued)

    async def hang_up(self) -> None:
        self.let_go()
        await self.writer.drain()
        raise _HangUp

    def forget(self) -> None:
        self.sender, self.recipients, self.has_sender = "", [], False


def _address(rest: str) -> str:
    return rest[rest.find("<") + 1 : rest.find(">")]


@contextlib.asynccontextmanager
async def running_sink(
    *,
    port: int = 0,
    log: Path | None = None,
    starttls: bool = False,
    implicit_tls: bool = False,
    sign_in: tuple[str, str] | None = None,
    pipelining: bool = False,
) -> AsyncIterator[Sink]:
    """A sink on a free loopback port. `starttls` and `implicit_tls` make a certificate: `sink.tls.ca_file`."""
    with contextlib.ExitStack() as stack:
        handle = None
        if log is not None:
            handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            stack.callback(os.close, handle)
        tls = stack.enter_context(self_signed()) if starttls or implicit_tls else None
        sink = Sink(log=handle, tls=tls, implicit_tls=implicit_tls, sign_in=sign_in, pipelining=pipelining)
        sessions: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            sessions.add(task)
            task.add_done_callback(sessions.discard)
            with contextlib.suppress(asyncio.CancelledError):
                await _Session(sink, reader, writer).run()

        context: ssl.SSLContext | None = tls.server_context() if tls is not None and implicit_tls else None
        server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LIMIT, ssl=context, backlog=1024)
        sink.port = server.sockets[0].getsockname()[1]
        try:
            yield sink
        finally:
            server.close()
            for task in tuple(sessions):
                task.cancel()
            await asyncio.gather(*sessions, return_exceptions=True)
            await server.wait_closed()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="A real SMTP server that keeps a log of what it took.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the final reply to each message")
    options = parser.parse_args()
    async with running_sink(port=options.port, log=options.log) as sink:
        if options.delay:
            sink.wait("BODY", options.delay)
        print(f"PORT {sink.port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
