"""The two ways in: the listener, by SMTP and LMTP, and `herald receive` from a mail server's pipe."""

import asyncio
import os
import smtplib
import socket
import sqlite3
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.keyring import Keyring
from bot.mail_door import mail_context
from handlers.mail.listener import Limits, listening
from handlers.mail.reading import LARGEST
from tests.clocks import MovingClock
from tests.mail.surveys import answers, asked, records
from tests.mail.writing import hand_in, reply_to, send
from tests.world import World, a_world


async def test_lmtp_and_smtp_take_the_same_mail(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    assert await send(mail, port=world.mail_port, sender=ada.email, lmtp=True) == 250
    assert await send(mail, port=world.mail_port, sender=ada.email) == 250
    assert await records(world) == [("taken", ""), ("duplicate", "")]


async def test_other_addresses_are_refused_at_once(world: World) -> None:
    ada = await asked(world)
    token = str(world.letters(ada)[0]["Reply-To"])
    for stranger in (
        "ada@northmere.example.org",
        "reply+aaaa@northmere.example.org",
        token.replace("northmere", "other"),
    ):
        code, said = await asyncio.to_thread(
            hand_in, b"From: a@example.org\r\n\r\nx", port=world.mail_port, sender=ada.email, to=stranger
        )
        assert (code, said) == (550, "5.1.1 there is no such address here")
    assert await records(world) == []


async def test_one_recipient_at_a_time_and_a_null_sender_are_fine(world: World) -> None:
    ada = await asked(world)
    to = str(world.letters(ada)[0]["Reply-To"])

    def talk() -> list[int]:
        with smtplib.SMTP("127.0.0.1", world.mail_port) as client:
            client.ehlo()
            return [client.mail("")[0], client.rcpt(to)[0], client.rcpt(to)[0]]

    assert await asyncio.to_thread(talk) == [250, 250, 452]


async def test_a_mail_that_is_too_big_is_refused_and_the_next_one_taken(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    big = mail.as_bytes() + (b"x" * 70 + b"\r\n") * (LARGEST // 70)
    assert await send(big, port=world.mail_port, sender=ada.email, to=str(mail["To"])) == 552
    assert await send(mail, port=world.mail_port, sender=ada.email) == 250


async def test_a_line_longer_than_the_standard_allows_is_no_reason_to_lose_an_answer(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    long = mail.as_bytes() + b"\r\n> " + b"x" * 20_000 + b"\r\n"
    assert await send(long, port=world.mail_port, sender=ada.email, to=str(mail["To"])) == 250
    assert await records(world) == [("taken", "")]


async def test_a_locked_database_asks_the_other_side_to_try_again_and_nothing_is_lost(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    other = sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await send(mail, port=world.mail_port, sender=ada.email) == 451
    other.close()
    assert await send(mail, port=world.mail_port, sender=ada.email) == 250
    assert await records(world) == [("taken", "")]


async def test_a_fault_of_ours_is_never_a_refusal(world: World) -> None:
    """A person's row that cannot be read stands for every fault that nobody thought of."""
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    async with world.herald.store.transaction() as uow:
        await uow.session.execute(text("UPDATE survey SET document = 'broken: [' "))
    assert await send(mail, port=world.mail_port, sender=ada.email) == 451
    assert await records(world) == []


async def test_too_many_connections_are_asked_to_come_later(world: World) -> None:
    context = mail_context(world.herald.store, world.settings)
    assert context is not None
    async with listening(context, listen="127.0.0.1:0", limits=Limits(connections=2)) as listener:
        greetings, writers = [], []
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writers.append(writer)
            greetings.append((await reader.readline())[:3])
        for writer in writers:
            writer.close()
    assert greetings == [b"220", b"220", b"421"]


async def test_a_port_that_is_taken_is_said(world: World) -> None:
    context = mail_context(world.herald.store, world.settings)
    assert context is not None
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        async with listening(context, listen=f"127.0.0.1:{taken.getsockname()[1]}"):
            pass


async def test_two_serving_processes_on_one_machine_share_the_port(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    context = mail_context(world.herald.store, world.settings)
    assert context is not None
    async with listening(context, listen=f"127.0.0.1:{world.mail_port}"):
        assert {await send(mail, port=world.mail_port, sender=ada.email) for _ in range(4)} == {250}
    assert await records(world) == [("taken", ""), *[("duplicate", "")] * 3]


async def piped(world: World, raw: bytes, *arguments: str, **variables: str) -> tuple[int, str]:
    """`herald receive` in a process of its own, as a mail server starts it."""
    assert world.settings.mail is not None
    told = {
        "HERALD_DATABASE_URL": world.settings.database_url,
        "HERALD_SECRET_KEY": ",".join(world.settings.keyring.secrets),
        "HERALD_SMTP_URL": world.settings.mail.smtp_url,
        "HERALD_MAIL_DOMAIN": world.settings.mail.domain,
        "HERALD_BASE_URL": world.settings.base_url,
        "PATH": os.environ["PATH"],
        **variables,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "receive", *arguments,
        stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=told, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    _, said = await process.communicate(raw)
    return process.returncode or 0, said.decode()


async def test_a_mail_server_pipes_a_reply_in_and_the_recipient_is_found(sqlite_url: str, tmp_path: Path) -> None:
    clock, keys = MovingClock(), Keyring(("a-secret-without-commas-for-the-pipe",))
    async with a_world(sqlite_url, clock=clock, keyring=keys, folder=tmp_path) as world:
        ada = await asked(world)
        await _piped_twice(world, reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email))


async def _piped_twice(world: World, mail: EmailMessage) -> None:
    to = str(mail["To"])
    assert await piped(world, mail.as_bytes()) == (0, "taken\n"), "by its headers"
    assert await piped(world, mail.as_bytes(), ORIGINAL_RECIPIENT=to) == (0, "duplicate\n"), "as Postfix says it"


async def test_what_went_wrong_here_is_tried_again_by_the_mail_server(world: World) -> None:
    code, said = await piped(world, b"From: a@example.org\r\n\r\nx", HERALD_DATABASE_URL="sqlite:////nowhere/herald.db")
    assert code == 75, said


async def test_fifty_replies_at_once_are_all_taken(any_world: World) -> None:
    people = [await any_world.person(f"Ben {number}") for number in range(12)]
    await asked(any_world)
    mails = [reply_to(any_world.letters(person)[0], "1. 5\n2. Black", sender=person.email) for person in people]
    sent = [
        send(mail, port=any_world.mail_port, sender=person.email) for mail, person in zip(mails, people, strict=True)
    ]
    codes = await asyncio.gather(*sent)
    again = [
        await send(mail, port=any_world.mail_port, sender=person.email)
        for mail, person, code in zip(mails, people, codes, strict=True)
        if code == 451
    ]
    assert set(codes) <= {250, 451}
    assert set(again) <= {250}
    assert await records(any_world) == [("taken", "")] * 12
    assert await answers(any_world) == []
