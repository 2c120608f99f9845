"""Bulletins on their way: the writer that the drain calls for each reader, the sweeps that begin and end editions."""

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.rendering.bulletin import Edition, Reader
from bot.rendering.mime import Compiled, compile_letter, pieces
from bot.rules.edition_states import EditionState
from bot.rules.held_reasons import CALLED_OFF, EDITION_GONE, LEFT_SERIES
from digests.bulk import BulkMail, BulkWriter, Held
from digests.compose import Addressee, Desk, SlackMessage, Stamp, envelope_sender
from digests.compose_bulletin import Links, blank_letter, edition_slack, links_of, values_for
from digests.sweep import Sweep, one_by_one
from handlers.bulletins.freezing import begin, finish
from handlers.bulletins.keeping import keep_older
from handlers.bulletins.loading import edition_of, readers_of
from storage.bulletins import EDITION, TEST
from storage.claims import Claimed
from storage.people import Recipient
from storage.tables.deliveries import DeliveryState
from storage.unit_of_work import Store, UnitOfWork

RELEASE_EVERY_S: Final = 15.0
FINISH_EVERY_S: Final = 30.0
KEEP_EVERY_S: Final = 60.0
KEPT: Final = 24
"""Compiled letters kept of an edition."""
NOBODY: Final = Reader()

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An edition ready for the readers claimed last, and its letters; a new one when anything in it changes.

    `letters` has one for each shape of reader and each minute in which messages were claimed.
    """

    edition: Edition
    base_url: str
    key: Key
    links: Links
    letters: OrderedDict[tuple[tuple[int, int], datetime], Compiled] = field(default_factory=OrderedDict)


class EditionWriter:
    """Compiles an edition once for each shape of reader and splices it for every one of them (`digests/bulk.py`)."""

    def __init__(self, *, test: bool = False) -> None:
        self._test = test
        self._prepared: dict[str, Prepared] = {}
        self._readers: dict[int, Reader] = {}

    async def prepare(
        self, uow: UnitOfWork, rows: Sequence[Claimed], people: Mapping[int, Recipient], *, desk: Desk
    ) -> Mapping[int, Held]:
        """Loads the editions of these rows and what their live blocks show now; holds back whom it must not reach."""
        held: dict[int, Held] = {}
        by_edition: dict[str, list[Claimed]] = defaultdict(list)
        for row in rows:
            by_edition[row.about].append(row)
        for about, known in self._prepared.items():
            if about not in by_edition:  # on its way no more, or not just now: what was compiled need not stay
                known.letters.clear()
        for about, of_one in by_edition.items():
            held |= await self._prepare_one(uow, about, of_one, people, desk=desk)
        return held

    def mail(self, row: Claimed, to: Addressee, *, desk: Desk, stamp: Stamp) -> BulkMail:
        """The e-mail for one reader."""
        prepared, reader = self._prepared[row.about], self._readers.pop(row.id, NOBODY)
        compiled = self._letter(prepared, reader.shape, desk=desk, date=stamp.date)
        values = values_for(reader, prepared.links, to=to, desk=desk, stamp=stamp)
        return BulkMail(pieces(compiled, values), envelope_sender(desk, stamp))

    def slack(self, row: Claimed, to: Addressee, *, desk: Desk) -> SlackMessage:
        """The same for a reader who chose Slack."""
        reader = self._readers.pop(row.id, NOBODY)
        return edition_slack(self._prepared[row.about].edition, reader, to=to, desk=desk, test=self._test)

    async def _prepare_one(
        self, uow: UnitOfWork, about: str, rows: list[Claimed], people: Mapping[int, Recipient], *, desk: Desk
    ) -> dict[int, Held]:
        bulletin = await uow.bulletins.get(about.partition(":")[2])
        if bulletin is None:
            return {row.id: Held(DeliveryState.CANCELLED, EDITION_GONE) for row in rows}
        if bulletin.state == EditionState.CANCELLED and not self._test:
            return {row.id: Held(DeliveryState.CANCELLED, CALLED_OFF) for row in rows}
        ids = {row.person_id for row in rows if row.person_id in people}
        held = await self._left(uow, bulletin.series_id, rows, {i for i in ids if i is not None})
        before = self._prepared.get(about)
        known = before.edition if before is not None and before.base_url == desk.writing.base_url else None
        edition = await edition_of(uow, bulletin, base_url=desk.writing.base_url, known=known)
        if any(edition.personal):
            readers = await readers_of(uow, edition, [i for i in ids if i is not None])
            for row in rows:
                if row.id not in held and row.person_id is not None:
                    self._readers[row.id] = readers.get(row.person_id, NOBODY)
        partnership = desk.writing.partnership.name
        mail = (desk.mail.sender, desk.mail.domain, desk.writing.base_url, desk.live, partnership)
        key = (about, *edition.shown, *mail)
        letters = before.letters if before is not None and before.key == key else OrderedDict()
        self._prepared[about] = Prepared(edition, desk.writing.base_url, key, links_of(edition, desk=desk), letters)
        return held

    async def _left(self, uow: UnitOfWork, series_id: str, rows: list[Claimed], ids: set[int]) -> dict[int, Held]:
        """Those who left the series after the recipients were frozen. A test goes to whoever asked for it."""
        if self._test:
            return {}
        left = await uow.bulletins.left_series(series_id, person_ids=ids)
        return {row.id: Held(DeliveryState.SUPPRESSED, LEFT_SERIES) for row in rows if row.person_id in left}

    def _letter(self, prepared: Prepared, shape: tuple[int, int], *, desk: Desk, date: datetime) -> Compiled:
        compiled = prepared.letters.get((shape, date))
        if compiled is None:
            blank = blank_letter(prepared.edition, shape, desk=desk, date=date, test=self._test)
            compiled = prepared.letters[shape, date] = compile_letter(blank.letter, blank.slots)
            while len(prepared.letters) > KEPT:
                prepared.letters.popitem(last=False)
        return compiled


async def release(store: Store) -> int:
    """Begins every approved edition whose time has come."""
    async with store.reading() as uow:
        due = await uow.bulletins.due()
    return await one_by_one(store, due, begin)


async def keep(store: Store) -> int:
    """Keeps, once, the editions that an older Herald released without keeping them for the archive."""
    async with store.reading() as uow:
        missing = await uow.as_sent.missing()
    return await one_by_one(store, missing, keep_older)


async def end(store: Store) -> int:
    """Closes every edition of which nothing waits any more."""
    async with store.reading() as uow:
        unfinished = await uow.bulletins.unfinished()
    return await one_by_one(store, unfinished, finish)


WRITERS: Final[dict[str, BulkWriter]] = {EDITION: EditionWriter(), TEST: EditionWriter(test=True)}

SWEEPS = (
    Sweep("bulletins: release", RELEASE_EVERY_S, release),
    Sweep("bulletins: end", FINISH_EVERY_S, end),
    Sweep("bulletins: keep", KEEP_EVERY_S, keep),
)
