"""What the doctor sees of the outside and of the database, against small real servers; it sends no mail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.doctor.check import Check
from bot.cli.doctor.contents import contents
from bot.cli.doctor.outside import outside
from bot.settings import Settings
from storage.switches import LAST_BACKUP, PAUSED, SENDING
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person

SECRET = "a secret that is long enough for the settings"


@asynccontextmanager
async def a_relay(*said: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port that says one thing at the beginning and one after every line; what it heard."""
    heard: list[bytes] = []
    talks: list[asyncio.Task[object] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        for line in said:
            writer.write(line)
            await writer.drain()
            heard.append(await reader.readline())
        await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard
        await asyncio.gather(*(talk for talk in talks if talk is not None), return_exceptions=True)


def settings_of(port: int, *, tls: str = "none", **more: str) -> Settings:
    given = {"HERALD_SECRET_KEY": SECRET, "HERALD_SMTP_URL": f"smtp://ada:passphrase@127.0.0.1:{port}?tls={tls}"}
    return Settings.from_env({**given, **more})


async def seen(settings: Settings) -> dict[str, Check]:
    return {check.name: check async for check in outside(settings)}


async def test_a_relay_is_greeted_and_left_without_a_mail() -> None:
    async with a_relay(b"220 hello\r\n", b"250-relay\r\n250 SIZE\r\n", b"221 bye\r\n") as (port, heard):
        check = (await seen(settings_of(port)))["mail relay"]
    assert check.good
    assert [line.split()[0] for line in heard if line] == [b"EHLO", b"QUIT"]


async def test_a_relay_without_starttls_is_named_before_it_costs_a_message() -> None:
    async with a_relay(b"220 hello\r\n", b"250 relay\r\n") as (port, heard):
        check = (await seen(settings_of(port, tls="starttls")))["mail relay"]
    assert not check.good
    assert "offers no STARTTLS" in check.found
    assert b"AUTH" not in b"".join(heard)


async def test_something_else_on_the_port_is_not_taken_for_a_relay() -> None:
    async with a_relay(b"HTTP/1.1 400 Bad Request\r\n") as (port, _):
        check = (await seen(settings_of(port)))["mail relay"]
    assert "not as a mail relay does" in check.found


async def test_tls_that_cannot_be_trusted_says_so() -> None:
    async with a_relay(b"220 plain\r\n") as (port, _):
        check = (await seen(settings_of(port, tls="tls")))["mail relay"]
    assert not check.good
    assert "TLS" in check.found


async def test_nobody_at_the_relay_or_the_listener_is_told_apart() -> None:
    listen = {"HERALD_MAIL_LISTEN": "127.0.0.1:1", "HERALD_MAIL_DOMAIN": "herald.example.org"}
    checks = await seen(settings_of(1, **listen))
    assert "does not answer" in checks["mail relay"].found
    assert checks["mail relay"].blocking
    assert "nobody listens at 127.0.0.1:1" in checks["replies by e-mail"].found
    assert not checks["replies by e-mail"].blocking
    assert all("passphrase" not in f"{check}" for check in checks.values())


async def test_a_listener_that_answers_is_good() -> None:
    async with a_relay(b"220 herald\r\n") as (port, _):
        listen = {"HERALD_MAIL_LISTEN": f"127.0.0.1:{port}", "HERALD_MAIL_DOMAIN": "herald.example.org"}
        assert (await seen(settings_of(1, **listen)))["replies by e-mail"].good


async def test_people_whom_no_alert_can_pass_by_are_counted(sqlite_store: Store, clock: MovingClock) -> None:
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        await a_person(uow, "Ben", roles=["manager"])
        await a_person(uow, "Ada", manager_email="ben@example.org")
        await a_person(uow, "Cy", manager_email="gone@example.org")
        await a_person(uow, "Di", deputy_email="ada@example.org")
        checks = {check.name: check for check in await contents(uow)}
    assert checks["line managers"].found.startswith("1 people")
    assert "cy@" not in checks["line managers"].found


async def test_an_empty_register_is_no_sign_that_alerts_arrive(sqlite_store: Store) -> None:
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        empty = {check.name: check for check in await contents(uow)}
        await a_person(uow, "Morag", roles=["escalation-lead"])
        led = {check.name: check for check in await contents(uow)}
    assert not empty["line managers"].good
    assert "nobody can be alerted at" in empty["agencies"].found
    assert not empty["escalation leads"].good
    assert led["escalation leads"].good


async def test_sending_that_is_still_paused_after_a_restore_is_mentioned(sqlite_store: Store) -> None:
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        assert {check.name: check for check in await contents(uow)}["sending"].good
        await uow.switches.set(SENDING, PAUSED)
        paused = {check.name: check for check in await contents(uow)}["sending"]
    assert not paused.good
    assert "/ops/outbox" in paused.remedy


@pytest.mark.parametrize(("days", "good"), [(0, True), (7, True), (8, False)])
async def test_an_old_backup_is_mentioned(sqlite_store: Store, clock: MovingClock, days: int, good: bool) -> None:
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        never = {check.name: check for check in await contents(uow)}["backup"]
        await uow.switches.set(LAST_BACKUP, uow.now.isoformat())
    clock.move(days=days)
    async with sqlite_store.reading() as uow:
        then = {check.name: check for check in await contents(uow)}["backup"]
    assert not never.good
    assert then.good is good


async def test_holidays_that_are_not_announced_yet_are_mentioned(sqlite_store: Store, clock: MovingClock) -> None:
    clock.set(clock().replace(year=2090))
    async with sqlite_store.transaction() as uow:
        await a_partnership(uow)
        check = {check.name: check for check in await contents(uow)}["public holidays"]
    assert not check.good
    assert "2091" in check.found
    assert not check.blocking


async def test_every_cross_has_its_remedy(tmp_path: Path) -> None:
    without = replace(settings_of(1), slack=None, mail=None)
    assert all(check.remedy for check in (await seen(without)).values() if not check.good)
