"""Two editions and their readers on one database, and everything that must be so when both are over."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.clock import system_clock
from bot.keyring import Keyring
from handlers.bulletins.releasing import approve, bulletin_of, schedule
from handlers.bulletins.status import Status, status_of
from handlers.files import apply_file
from storage import schema
from storage.bulletins import messages_about
from storage.deliveries import SendingPolicy
from storage.tables.audit import AuditEntry
from storage.tables.deliveries import Delivery, DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.campaigns.northmere import SECRET
from tests.factories import PARTNERSHIP

KEPT, CALLED_OFF = "december", "cancelled"
"""The ids of an edition that everybody gets and of one that is cancelled while it leaves."""
EDITION = """---
herald_bulletin: 1
id: {id}
series: main
title: {title}
audience: {{sectors: [{sectors}]}}
author: ada@example.org
---
# What works well

Ring the other agency before you write to them.

{{{{ pledge }}}}
"""


@dataclass(frozen=True)
class Copy:
    """One message as the relay took it."""

    to: str
    message_id: str
    date: str
    sha256: str


def copies_in(log: Path) -> dict[str, list[Copy]]:
    """What the relay took, by Message-ID."""
    found: dict[str, list[Copy]] = defaultdict(list)
    for line in log.read_text().splitlines():
        said = json.loads(line)
        found[said["message_id"]].append(Copy(said["to"], said["message_id"], said["date"], said["sha256"]))
    return found


@dataclass(frozen=True)
class Mailing:
    """`readers` get the one edition, a quarter of them should have got the other one too."""

    url: str
    readers: int

    @property
    def fewer(self) -> int:
        """How many the cancelled edition is for."""
        return len(range(0, self.readers, 4))

    def store(self, *, ahead: timedelta = timedelta(0)) -> Store:
        """The same database, perhaps with a clock that goes ahead."""
        sending = SendingPolicy(live=True, slack=False)
        return Store(self.url, clock=lambda: system_clock() + ahead, keyring=Keyring((SECRET,)), sending=sending)

    async def prepare(self) -> None:
        """Everybody is in the register and both editions are released."""
        store = self.store()
        await schema.migrate(store.engines)
        async with store.transaction() as uow:
            await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
            ada, priya = (_person(uow, name, roles) for name, roles in (("ada", "coordinator"), ("priya", "publisher")))
            await uow.people.flush()
            for number in range(self.readers):
                sector = "schools" if number % 4 else "police"
                _person(uow, f"reader.{number}", "practitioner", sector=sector)
            await uow.people.flush()
            for number, (edition, sectors) in enumerate({CALLED_OFF: "police", KEPT: "schools, police"}.items()):
                text = EDITION.format(id=edition, title=edition.capitalize(), sectors=sectors)
                await apply_file(uow, name=f"{edition}.md", text=text, by=ada)
                await approve(uow, bulletin_id=edition, by=priya)
                at = uow.now + timedelta(milliseconds=number)
                await schedule(uow, bulletin_id=edition, at=at, by=priya)
        await store.close()


def _person(uow: UnitOfWork, name: str, role: str, *, sector: str | None = None) -> Person:
    person = Person(
        email=f"{name}@example.org", name=name, roles=[role], sector=sector, created_at=uow.now, updated_at=uow.now
    )
    uow.people.add(person)
    return person


@dataclass(frozen=True)
class Toll:
    """What a campaign came to: copies beyond the first, messages that a person had to look at, tries in doubt."""

    copies: int
    doubts: int


async def status(store: Store, edition: str) -> Status:
    """The figures of an edition as people see them."""
    async with store.reading() as uow:
        return await status_of(uow, await bulletin_of(uow, edition))


async def judge(store: Store, mailing: Mailing, log: Path) -> Toll:
    """Raises AssertionError with the first thing that is not as it must be."""
    copies = copies_in(log)
    doubts = 0
    async with store.reading() as uow:
        for edition, readers in ((KEPT, mailing.readers), (CALLED_OFF, mailing.fewer)):
            rows = await uow.deliveries.about(messages_about(edition))
            assert len(rows) == len({row.person_id for row in rows}) == readers, f"{edition} went to {len(rows)}"
            seen = [_arrived(row, copies.pop(row.message_id or "", [])) for row in rows]
            doubts += sum(row.doubts for row in rows)
            figures = await status_of(uow, await bulletin_of(uow, edition))
            _figures(figures, readers, Counter(row.state for row in rows), reached=sum(seen))
            await _once_in_the_log(uow, "bulletin.begun", edition)
        await _once_in_the_log(uow, "bulletin.finished", KEPT)
        assert (await status_of(uow, await bulletin_of(uow, KEPT))).state == "sent"
        verified = await uow.audit.verify()
        assert (verified.first_bad, verified.reason) == (None, "")
        assert verified.sealed > 0
        other = await uow.session.execute(select(Delivery).where(~Delivery.about.in_(map(messages_about, BOTH))))
        for row in other.scalars():  # word to the author that an edition has left, and the like
            _arrived(row, copies.pop(row.message_id or "", []))
    assert not copies, f"{len(copies)} messages came that no row knows"
    every = copies_in(log).values()
    return Toll(copies=sum(len(each) - 1 for each in every), doubts=doubts)


BOTH = (KEPT, CALLED_OFF)


def _arrived(row: Delivery, copies: list[Copy]) -> bool:
    """Whether it came; copies are the same message, and there was a doubt for each."""
    assert row.lease is None, f"a claim of delivery {row.id} was left behind"
    assert row.state not in (DeliveryState.QUEUED, DeliveryState.CLAIMED), f"delivery {row.id} still waits"
    assert len({(copy.to, copy.date) for copy in copies}) <= 1, f"copies of delivery {row.id} differ: {copies}"
    assert len(copies) <= row.doubts + 1, f"delivery {row.id} came {len(copies)} times with {row.doubts} doubts"
    if row.state == DeliveryState.SENT:
        assert copies, f"delivery {row.id} is called sent and never came"
    elif not row.doubts:
        assert not copies, f"delivery {row.id} is {row.state} and came all the same"
    return bool(copies) and row.state == DeliveryState.SENT


def _figures(figures: Status, readers: int, rows: Counter[str], *, reached: int) -> None:
    shown = (figures.recipients, figures.sent, figures.cancelled, figures.queued, figures.failed, figures.uncertain)
    called_off = rows[DeliveryState.CANCELLED]
    assert shown == (readers, reached, called_off, 0, 0, 0), f"{figures.id} shows {figures}"
    assert reached + called_off == readers
    assert not called_off or figures.id == CALLED_OFF


async def _once_in_the_log(uow: UnitOfWork, action: str, edition: str) -> None:
    query = select(func.count()).where(AuditEntry.action == action, AuditEntry.thing == messages_about(edition))
    assert (await uow.session.execute(query)).scalar_one() == 1, (action, edition)
