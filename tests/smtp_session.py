"""One connection of the small SMTP server of the tests: it obeys the commands of the sender and the orders of the test."""

import asyncio
import base64
import contextlib

from tests.smtp_orders import Rule, Sink, Stage, When

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
GLUE_S = 0.002


class _HangUp(Exception):
    pass


class Session:
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
