"""Claims what is due for one channel and gets it ready: who it is for, Message-ID and Date, whether it may still go."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.mail_addresses import message_id_for
from bot.rules.working_time import next_sending_moment
from bot.settings import MailSettings
from digests.bulk import Held
from digests.checks import held_back
from digests.compose import Addressee, Desk
from digests.jobs import LANES, Job, Lease
from digests.letters import Writers
from digests.messages.kinds import Writing
from digests.recorder import Entry, write_down
from digests.verdicts import held_verdict
from handlers.partnership import NotSetUp, calendar_of, partnership_of
from handlers.people_present import local_date
from handlers.suppressed import suppressed_among
from storage.claims import Claim, Claimed
from storage.people import Recipient
from storage.tables.deliveries import Channel, DeliveryState, Lane
from storage.unit_of_work import Store, UnitOfWork

log = logging.getLogger("herald.outbox")
UNWRITTEN_WAITS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Claiming:
    """How a feeder claims: for which worker, for how long, and what messages are written with."""

    owner: str
    lease: timedelta
    base_url: str
    mail: MailSettings
    writers: Writers


@dataclass(frozen=True, slots=True)
class Found:
    """What one claim found: the jobs to do, and how many rows of each lane it took, those included that must not go."""

    jobs: Sequence[Job]
    rows: Mapping[Lane, int]


class Feeder:
    """Claims for one channel. Every claim is one transaction, in which everything that may not go is settled too."""

    def __init__(self, store: Store, *, channel: Channel, claiming: Claiming) -> None:
        self._store = store
        self._channel = channel
        self._with = claiming

    async def lanes_due(self, wanted: Collection[Lane]) -> list[Lane]:
        """In which of these lanes anything waits that may leave now, the most urgent first: a look without the lock."""
        async with self._store.reading() as uow:
            lanes = [lane for lane in await self._lanes_open(uow) if lane in wanted]
            return await uow.deliveries.claims.due(channel=self._channel, lanes=lanes)

    async def claim(self, wanted: Mapping[Lane, int], *, but_not_about: Collection[str] = ()) -> Found:
        """Claims up to so many of each lane, the most urgent first."""
        jobs: list[Job] = []
        rows: dict[Lane, int] = {}
        async with self._store.transaction() as uow:
            await uow.deliveries.claims.free_expired()
            for lane in LANES:
                if wanted.get(lane, 0) > 0:
                    claim = await uow.deliveries.claims.take(
                        lane=lane,
                        channel=self._channel,
                        limit=wanted[lane],
                        lease=self._with.lease,
                        owner=self._with.owner,
                        names=partial(message_id_for, domain=self._with.mail.domain, keyring=uow.keyring),
                        but_not_about=but_not_about,
                    )
                    rows[lane] = len(claim.rows)
                    jobs += await self._ready(uow, claim)
        return Found(jobs, rows)

    async def _lanes_open(self, uow: UnitOfWork) -> Sequence[Lane]:
        """All lanes but, outside the sending hours of working days, reminders. None before the partnership is known."""
        try:
            calendar = await calendar_of(uow)
        except NotSetUp:
            return ()
        in_hours = next_sending_moment(uow.now, calendar) <= uow.now
        return [lane for lane in LANES if in_hours or lane is not Lane.ROUTINE]

    async def _ready(self, uow: UnitOfWork, claim: Claim) -> list[Job]:
        if not claim.rows:
            return []
        people = await uow.people.recipients(row.person_id for row in claim.rows if row.person_id is not None)
        desk = Desk(
            writing=Writing(await partnership_of(uow), uow.now, self._with.base_url),
            mail=self._with.mail,
            keyring=uow.keyring,
            live=uow.sending.live,
        )
        held = await self._held(uow, claim.rows, people, desk=desk)
        lease = Lease(claim.token, claim.until, left=len(claim.rows) - len(held))
        staying = [row for row in claim.rows if row.id in held]
        await write_down(
            uow, [Entry(held_verdict(row, claim.token, held[row.id], now=uow.now), row) for row in staying]
        )
        going = [(row, _person_of(row, people)) for row in claim.rows if row.id not in held]
        return [Job(row, claim.lane, addressee(row, person), person, lease, desk) for row, person in going]

    async def _held(
        self, uow: UnitOfWork, rows: Sequence[Claimed], people: Mapping[int, Recipient], *, desk: Desk
    ) -> dict[int, Held]:
        suppressed = await self._suppressed(uow, rows, people)
        held = {}
        today = local_date(uow.now, desk.writing.partnership.timezone)
        for row in rows:
            person = _person_of(row, people)
            found = held_back(row, person, now=uow.now, today=today, sending=uow.sending, suppressed=suppressed)
            if found is not None:
                held[row.id] = found
        by_kind: dict[str, list[Claimed]] = defaultdict(list)
        for row in rows:
            if row.kind in self._with.writers.letters and row.id not in held:
                by_kind[row.kind].append(row)
        for kind, of_kind in by_kind.items():
            try:
                async with uow.part():
                    held |= await self._with.writers.letters[kind].prepare(uow, of_kind, people, desk=desk)
            except Exception as problem:
                log.exception("messages of kind %s cannot be written", kind)
                later = Held(
                    DeliveryState.QUEUED, f"cannot be written: {type(problem).__name__}", uow.now + UNWRITTEN_WAITS
                )
                held |= {row.id: later for row in of_kind}
        return held

    async def _suppressed(
        self, uow: UnitOfWork, rows: Sequence[Claimed], people: Mapping[int, Recipient]
    ) -> frozenset[int]:
        if self._channel is not Channel.EMAIL:
            return frozenset()

        def address_of(row: Claimed) -> str:
            return addressee(row, _person_of(row, people)).address

        refused = await suppressed_among(uow, map(address_of, rows))
        return frozenset(row.id for row in rows if address_of(row) in refused) if refused else frozenset()


def _person_of(row: Claimed, people: Mapping[int, Recipient]) -> Recipient | None:
    return None if row.person_id is None else people.get(row.person_id)


def addressee(row: Claimed, person: Recipient | None) -> Addressee:
    """Whom a row is for."""
    if person is None:
        return Addressee(address=row.address or "", slack_id=row.address if row.channel == Channel.SLACK else None)
    return Addressee(
        address=row.address or person.email,
        name=person.name,
        person_id=person.id,
        slack_id=person.slack_id,
        epoch=person.link_epoch,
    )
