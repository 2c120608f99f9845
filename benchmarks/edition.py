"""The edition of the benchmarks, with its readers and its briefings, and a store to keep them in."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.clock import system_clock
from bot.keyring import Keyring
from bot.settings import MailSettings
from digests.outbox import DrainSettings
from handlers.bulletins.releasing import approve, schedule
from handlers.files import apply_file
from storage import schema
from storage.deliveries import SendingPolicy
from storage.tables.briefings import Briefing
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork

BULLETIN: Final = "december"
AT_ONCE: Final = 1000  # people put into the register in one go
PARTNERSHIP: Final = """\
herald_partnership: 1
name: Northmere Safeguarding Children Partnership
short_name: Northmere
areas: [Northmere]
timezone: Europe/London
front_door: {name: Northmere MASH, phone: "01632 960001", out_of_hours: "01632 960002"}
sectors: [police]
agencies:
  - {id: northmere-police, name: Northmere Police, sector: police}
series:
  - {id: main, title: Northmere e-bulletin, cadence: monthly, from_name: Northmere partnership}
"""
STORY: Final = "What working together looked like this month, and what front-line colleagues asked us to change. "
STORIES: Final = "\n".join(
    f"# Story {n}\n{STORY * 8}\n\n- [A page worth reading](https://www.example.org/{n})\n" for n in range(1, 13)
)
TEXT: Final = f"""\
---
herald_bulletin: 1
id: {BULLETIN}
series: main
title: December e-bulletin
audience: {{everyone: true}}
author: somebody@example.org
---
# Dates for your diary
{{{{ briefings next=3 }}}}

{{{{ pledge }}}}

{STORIES}"""


def store_in(folder: Path) -> Store:
    """The store of a benchmark on a SQLite file of its own."""
    sending = SendingPolicy(live=True, slack=False)
    keyring = Keyring(("a secret of the benchmark, long enough for it",))
    return Store(f"sqlite:///{folder}/herald.db", clock=system_clock, keyring=keyring, sending=sending)


def drain_settings(folder: Path, *, port: int, connections: int) -> DrainSettings:
    """Sending to a relay on this machine."""
    mail = MailSettings(
        smtp_url=f"smtp://127.0.0.1:{port}?tls=none",
        connections=connections,
        sender="herald@herald.example.org",
        domain="herald.example.org",
    )
    return DrainSettings("https://herald.example.org", mail, folder / "state", "bench")


async def prepare(store: Store, *, readers: int) -> None:
    """A new database with so many readers, and the edition approved and due; nothing is frozen yet."""
    await schema.migrate(store.engines)
    async with store.transaction() as uow:
        await uow.partnership.save(PARTNERSHIP)
    for start in range(0, readers - 1, AT_ONCE):
        async with store.transaction() as uow:
            for number in range(start, min(start + AT_ONCE, readers - 1)):
                uow.people.add(_person(uow, f"person{number}", ["practitioner"]))
    async with store.transaction() as uow:
        publisher = _person(uow, "publisher", ["publisher"])
        uow.people.add(publisher)
        for number in (1, 2, 3):
            uow.briefings.add(_briefing(uow, number))
        await uow.people.flush()
        await apply_file(uow, name="bulletin.md", text=TEXT)
        await approve(uow, bulletin_id=BULLETIN, by=publisher)
        await schedule(uow, bulletin_id=BULLETIN)


def _person(uow: UnitOfWork, name: str, roles: Sequence[str]) -> Person:
    return Person(email=f"{name}@example.org", name=name, roles=list(roles), created_at=uow.now, updated_at=uow.now)


def _briefing(uow: UnitOfWork, number: int) -> Briefing:
    starts = uow.now + timedelta(days=10 + number)
    return Briefing(
        id=f"signs-of-safety-{number}",
        title="Signs of Safety",
        kind="briefing",
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        place="Online",
        capacity=20,
        levels=[],
        booking_opens_at=uow.now,
        booking_closes_at=starts,
        evaluation="",
        content_hash="",
        applied_at=uow.now,
    )
