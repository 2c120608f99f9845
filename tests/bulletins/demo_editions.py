"""The editions of the demo as they leave and as the archive shows them: told by the story's own scenes, final bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from bot.clock import system_clock
from bot.demo.story.cast import ADA
from bot.demo.story.clock import MovedClock
from bot.demo.story.life import begin, when_for
from bot.demo.story.scenes import briefings, bulletins
from bot.demo.story.stage import Stage
from bot.files.bulletin_model import BulletinFile
from bot.keyring import Keyring
from bot.rendering.bulletin import Asked, Edition, Owed, Reader
from bot.rendering.mime import compile_letter, splice
from bot.settings import MailSettings
from digests import bulletins as sweeps
from digests.compose import Addressee, Desk, Stamp
from digests.compose_bulletin import blank_letter, links_of, preview_desk, values_for
from handlers.bulletins.loading import edition_of
from handlers.bulletins.releasing import approve, schedule
from handlers.partnership import partnership_of
from handlers.web.shell import WebContext
from handlers.web.site import build_site
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store, UnitOfWork
from tests.web.conftest import settings_for

TOLD_AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
BASE_URL = "https://herald.example.org"
MAIL = MailSettings(smtp_url="", sender="Northmere <herald@herald.example.org>", domain="herald.example.org")
STAMP = Stamp(7, "<0123456789abcdef@herald.example.org>", TOLD_AT)
WRITING = "2026-11-main"
"""The edition that is being written: the one with the shape of a real one."""
HOSTILE = Addressee("o'brien+x@example.org", 'Zoë "<b>" O\'Brien & Söhne =?utf-8?q?x?= ' + "x" * 90, 5, "", 0)
PLAIN = Addressee("ben@example.org", "Ben Reader", 6, "", 0)
BUSY = Reader(
    surveys=(Asked("s1", "Is <this> & “that” useful?", "Friday 4 December 2026, 17:00"), Asked("s2", "Another one")),
    deadlines=(Owed("3", "Section 11: <return> & visit", "9 December 2026"),),
)
FREE = Reader()
PATHS = re.compile(r'(?:href|src)="(/[^"#?]*\.(?:css|png|svg|js|ico)[^"]*)"')


@dataclass(frozen=True, slots=True)
class Copy:
    """One reader's copy of an edition, as it goes to the relay."""

    edition: str
    file: BulletinFile
    raw: bytes


@dataclass(frozen=True, slots=True)
class DemoEditions:
    """Every edition for a reader with nothing and one with much of their own; the archive by path: (type, bytes)."""

    copies: tuple[Copy, ...]
    archive: Mapping[str, tuple[str, bytes]]
    ids: tuple[str, ...]


async def demo_editions(url: str, keyring: Keyring) -> DemoEditions:
    """Tells the part of the story that is about bulletins, in an empty migrated database."""
    clock = MovedClock(system_clock)
    policy = SendingPolicy(live=True, slack=False)
    store = Store(url, clock=clock, keyring=keyring, sending=policy, durable=False)
    try:
        stage = Stage(store, clock, when_for(TOLD_AT))
        await _told(stage)
        async with store.reading() as uow:
            copies = await _copies(uow)
        ids = tuple(dict.fromkeys(copy.edition for copy in copies))
        site = build_site(WebContext(store, settings_for(url, keyring, base_url=BASE_URL)))
        transport = httpx.ASGITransport(site, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            archive = await _archive(http, ids)
    finally:
        await store.close()
    return DemoEditions(copies, archive, ids)


def copy_of(edition: Edition, reader: Reader, *, to: Addressee, desk: Desk) -> bytes:
    """What the relay gets for one reader."""
    blank = blank_letter(edition, reader.shape, desk=desk, date=TOLD_AT)
    values = values_for(reader, links_of(edition, desk=desk), to=to, desk=desk, stamp=STAMP)
    return bytes(splice(compile_letter(blank.letter, blank.slots), values))


async def _told(stage: Stage) -> None:
    """The register, the programme, and the bulletins up to now; the one that is being written is released too."""
    await begin(stage)
    await stage.apply("briefings.yaml", briefings.programme_ahead(stage.when), by=ADA)
    for scene in sorted(bulletins.scenes(stage.when), key=lambda scene: scene.at):
        stage.clock.move(scene.at)
        await scene.play(stage)
        if scene.tended:
            await sweeps.release(stage.store)
    stage.clock.move(TOLD_AT)
    await stage.work(_release)
    assert await sweeps.release(stage.store) == 1


async def _release(uow: UnitOfWork) -> None:
    priya = await uow.people.by_email(bulletins.PRIYA)
    assert priya is not None
    await approve(uow, bulletin_id=WRITING, by=priya)
    await schedule(uow, bulletin_id=WRITING, by=priya)


async def _copies(uow: UnitOfWork) -> tuple[Copy, ...]:
    desk = replace(preview_desk(uow, await partnership_of(uow), base_url=BASE_URL, mail=MAIL), live=True)
    found = []
    for row in await uow.bulletins.all():
        edition = await edition_of(uow, row, base_url=BASE_URL)
        for reader, to in ((FREE, PLAIN), (BUSY, HOSTILE)):
            own = Reader(reader.surveys if edition.personal[0] else (), reader.deadlines if edition.personal[1] else ())
            found.append(Copy(row.id, edition.file, copy_of(edition, own, to=to, desk=desk)))
    return tuple(found)


async def _archive(http: httpx.AsyncClient, ids: tuple[str, ...]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    wanted = [f"/bulletins/{bulletin_id}" for bulletin_id in ids]
    for path in wanted:
        if path in found:
            continue
        answer = await http.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.headers["content-type"], answer.content
        if "html" in answer.headers["content-type"]:
            wanted += PATHS.findall(answer.text)
    return found
