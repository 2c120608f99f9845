"""RFC 2920: commands in groups. Whatever the relay answers, in whatever pieces, every reply goes to its own command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.relay import MailRelay
from digests.mail_replies import Accepted, Outcome, Refused, RelayDown, RelayRefuses, Temporary, Uncertain
from digests.mail_session import Reply, Session
from digests.mailer import Envelope, MailConnection
from tests.smtp.test_sending import ADA, BEN, FROM, LETTER, QUICK, REPLIES, STAGES, connected
from tests.smtp_sink import Manner, Stage, running_sink

TAKEN = Accepted(250, "2.0.0 taken")
UNREADABLE = ("HTTP/1.1 400 Bad Request", "25", "two fifty", "\x00\x01\x02", "25o ok", " ")
"""What no reading of RFC 5321 4.2 makes a reply of."""


@asynccontextmanager
async def a_relay_that_wants_whole_groups() -> AsyncIterator[MailConnection]:
    """Answers MAIL, RCPT and DATA only when all three are there: who waits for the first answer waits for ever."""

    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"250-relay.example.org\r\n250 PIPELINING\r\n")
        while (await reader.readline()).startswith(b"MAIL"):
            for _rest_of_the_group in range(2):
                await reader.readline()
            writer.write(b"250 sender ok\r\n250 recipient ok\r\n354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 2.0.0 taken\r\n")
        writer.close()
        await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    connection = MailConnection(MailRelay("127.0.0.1", server.sockets[0].getsockname()[1], "none"), timeouts=QUICK)
    try:
        yield connection
    finally:
        await connection.close()
        server.close()
        await server.wait_closed()
        await over.wait()


async def test_what_announces_a_message_leaves_together() -> None:
    async with a_relay_that_wants_whole_groups() as connection:
        assert [await connection.send(FROM, to, LETTER) for to in (ADA, BEN)] == [TAKEN, TAKEN]


@pytest.mark.parametrize("manner", get_args(Manner))
@pytest.mark.parametrize("pipelining", [True, False], ids=["offered", "not offered"])
async def test_every_reply_at_every_stage_means_the_same_in_groups_and_in_pieces(
    pipelining: bool, manner: Manner
) -> None:
    async with running_sink(pipelining=pipelining) as sink, connected(sink) as connection:
        sink.manner = manner
        for stage in STAGES:
            for reply, meaning in REPLIES.items():
                sink.refuse(stage, reply, times=1)
                outcome = await connection.send(FROM, ADA, LETTER)
                of_us = stage == "MAIL" and reply.startswith(("550 5.1.1", "554"))
                assert type(outcome) is (RelayRefuses if of_us else meaning), (stage, reply, outcome)
                assert await connection.send(FROM, BEN, LETTER) == TAKEN, (stage, reply)
                sink.behave()
    assert {mail.recipient for mail in sink.mails} == {BEN}
    assert len(sink.mails) == len(STAGES) * len(REPLIES)


@pytest.mark.parametrize("manner", get_args(Manner))
@pytest.mark.parametrize("reply", ["550 5.1.1 no such person", "450 4.2.1 mailbox busy", "550 5.7.1 not allowed"])
async def test_a_relay_that_refuses_the_reader_and_asks_for_the_text_all_the_same_gets_an_empty_one(
    reply: str, manner: Manner
) -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        sink.lenient, sink.manner = True, manner
        sink.refuse("RCPT", reply, recipient=ADA)
        outcome = await connection.send(FROM, ADA, LETTER)
        assert isinstance(outcome, Refused | Temporary | RelayRefuses)
        assert (outcome.code, outcome.text) == (int(reply[:3]), reply[4:])
        assert await connection.send(FROM, BEN, LETTER) == TAKEN
    assert [mail.recipient for mail in sink.mails] == [BEN]
    assert "a line for nobody" not in sink.commands, "the letter itself was read by nobody"
    assert sink.connections == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("when", ["before reply", "after reply"])
async def test_a_relay_that_hangs_up_in_the_middle_of_a_group_has_taken_nothing(stage: Stage, when: str) -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        sink.hang_up(stage, "before reply" if when == "before reply" else "after reply", times=1)
        outcome = await connection.send(FROM, ADA, LETTER)
        told_to_go_on = (stage, when) == ("DATA", "after reply")
        assert isinstance(outcome, RelayDown | Uncertain if told_to_go_on else RelayDown)
        assert await connection.send(FROM, ADA, LETTER) == TAKEN
    assert len(sink.mails) == 1


@pytest.mark.parametrize("pipelining", [True, False], ids=["offered", "not offered"])
async def test_a_yes_that_comes_with_a_goodbye_in_one_breath_is_a_yes(pipelining: bool) -> None:
    async with running_sink(pipelining=pipelining) as sink, connected(sink) as connection:
        sink.manner = "glued"
        sink.refuse("BODY", "250 2.0.0 taken\r\n421 4.3.2 shutting down", recipient=ADA)
        assert await connection.send(FROM, ADA, LETTER) == TAKEN
        assert await connection.send(FROM, BEN, LETTER) == TAKEN
    assert [mail.recipient for mail in sink.mails] == [ADA, BEN]
    assert sink.connections == 2


@pytest.mark.parametrize("pipelining", [True, False], ids=["offered", "not offered"])
@pytest.mark.parametrize("stage", ["GREETING", "EHLO", *STAGES])
async def test_what_is_no_reply_is_a_relay_that_is_down_or_after_the_dot_a_doubt(
    stage: Stage, pipelining: bool
) -> None:
    async with running_sink(pipelining=pipelining) as sink, connected(sink) as connection:
        for said in UNREADABLE:
            await connection.close()
            sink.refuse(stage, said, times=1)
            outcome = await connection.send(FROM, ADA, LETTER)
            assert type(outcome) is (Uncertain if stage == "BODY" else RelayDown), (said, outcome)
            assert await connection.send(FROM, BEN, LETTER) == TAKEN
            sink.behave()


TO_BEN = Envelope(FROM, BEN)


async def announced(connection: MailConnection, outcome_of_ada: type[Outcome]) -> None:
    """Ada's message with Ben's announced behind it."""
    waiting = [TO_BEN]
    outcome = await connection.send(FROM, ADA, LETTER, following=lambda: waiting.pop() if waiting else None)
    assert type(outcome) is outcome_of_ada


async def test_the_next_message_is_announced_behind_the_dot() -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        await announced(connection, Accepted)
        assert await connection.send(FROM, BEN, LETTER) == TAKEN
    assert [mail.recipient for mail in sink.mails] == [ADA, BEN]
    assert sink.connections == 1


@pytest.mark.parametrize("reply", ["421 4.3.2 shutting down", "554 5.6.0 no", "451 4.3.0 not now", "nonsense"])
async def test_a_refused_message_takes_nothing_from_the_one_announced_behind_it(reply: str) -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        sink.refuse("BODY", reply, recipient=ADA)
        waiting = [TO_BEN]
        await connection.send(FROM, ADA, LETTER, following=lambda: waiting.pop() if waiting else None)
        assert await connection.send(FROM, BEN, LETTER) == TAKEN
    assert [mail.recipient for mail in sink.mails] == [BEN]


@pytest.mark.parametrize("lenient", [True, False])
async def test_the_one_announced_may_be_refused_too(lenient: bool) -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        sink.lenient = lenient
        sink.refuse("RCPT", "550 5.1.1 no such person", recipient=BEN)
        await announced(connection, Accepted)
        assert await connection.send(FROM, BEN, LETTER) == Refused(550, "5.1.1 no such person", suppress=True)
        assert await connection.send(FROM, "cy@example.org", LETTER) == TAKEN
    assert [mail.recipient for mail in sink.mails] == [ADA, "cy@example.org"]


async def test_a_lost_final_reply_is_a_doubt_about_one_message_and_not_about_the_next() -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        sink.hang_up("BODY", "before reply", recipient=ADA)
        await announced(connection, Uncertain)
        assert await connection.send(FROM, BEN, LETTER) == TAKEN
    assert [(mail.recipient, mail.answered) for mail in sink.mails] == [(ADA, False), (BEN, True)]


async def test_somebody_elses_turn_after_all_costs_a_session_and_sends_nothing_to_the_one_announced() -> None:
    async with running_sink(pipelining=True) as sink, connected(sink) as connection:
        await announced(connection, Accepted)
        assert await connection.send(FROM, "cy@example.org", LETTER) == TAKEN
        await announced(connection, Accepted)
        connection.forget()
        assert await connection.send(FROM, BEN, LETTER) == TAKEN
    assert [mail.recipient for mail in sink.mails] == [ADA, "cy@example.org", ADA, BEN]


class Nowhere(asyncio.Transport):
    """A transport that remembers nothing and sends nothing."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Takes any."""

    def is_closing(self) -> bool:
        """Never."""
        return False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Takes all."""


CODES = st.integers(200, 599)
LINES = st.lists(st.text("abc .-5", max_size=8).map(str.strip), min_size=1, max_size=3)


@given(replies=st.lists(st.tuples(CODES, LINES), min_size=1, max_size=4), data=st.data())
def test_replies_are_the_same_however_they_are_cut(replies: list[tuple[int, list[str]]], data: st.DataObject) -> None:
    stream = "".join(
        "".join(f"{code}-{line}\r\n" for line in lines[:-1]) + f"{code} {lines[-1]}\r\n" for code, lines in replies
    ).encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream)), max_size=12)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    async def read() -> list[Reply]:
        session = Session(Nowhere(), pipelining=True)
        session.write(b"", replies=len(replies))
        for piece in pieces:
            session.data_received(piece)
        return [await session.reply(0.0) for _ in replies]

    assert asyncio.run(read()) == [(code, "\n".join(lines)) for code, lines in replies]
