"""After a rotation of keys: what an older key sealed is sealed again with the newest, a few rows at a time.

Each row is compared before it is written, so that words which somebody writes meanwhile stand; and nothing remembers
how far it came, so that it goes on where it was stopped, by a restart or in the middle. Source:
reference/slack-web-security.md section 10, threats 22 and 23.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, func, or_, select, update
from sqlalchemy import Table as CoreTable

from bot.keyring import CannotOpen
from storage.tables.base import Table
from storage.tables.conversations import Conversation
from storage.tables.escalations import EscalationLearning, EscalationNote
from storage.tables.surveys import SurveyResponse
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed text. Its rows are sealed about `{about}/{key}/{column}`, so that they open nowhere else."""

    table: type[Table]
    key: str
    column: str
    about: str

    @property
    def core(self) -> CoreTable:
        """The table as statements name it: no mapped row is in the way of a single column."""
        return cast("CoreTable", self.table.__table__)

    def about_row(self, key: object) -> str:
        """What the text of one row is bound to."""
        return f"{self.about}/{key}/{self.column}"

    def sealed_by(self, key_ids: Sequence[str]) -> ColumnElement[bool]:
        """Whether the text of a row begins with the id of one of these keys."""
        column = self.core.c[self.column]
        return or_(*(func.substr(column, 1, len(key_id) + 1) == f"{key_id}." for key_id in key_ids))


SEALED: Final = (
    SealedColumn(EscalationNote, "id", "sealed", "escalation_note"),
    SealedColumn(EscalationLearning, "escalation_id", "sealed", "escalation_learning"),
    SealedColumn(SurveyResponse, "id", "answers", "survey-response"),
    SealedColumn(Conversation, "id", "answers", "conversation"),
)
"""Everything that is kept sealed; what matters most comes first."""


async def reseal(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Seals up to `limit` rows again that an older key of the ring sealed; returns how many. 0: nothing is left to do.

    A row that its key does not open (it was moved or changed) stays as it is, and `left_to_reseal` goes on counting it.
    """
    done = 0
    for place in SEALED if uow.keyring.older else ():
        if done < limit:
            done += await _reseal(uow, place, limit=limit - done)
    return done


async def left_to_reseal(uow: UnitOfWork) -> int:
    """How many rows the newest key did not seal; at none an older key may go, as far as sealed words are concerned."""
    left = 0
    for place in SEALED:
        query = select(func.count()).select_from(place.core).where(~place.sealed_by((uow.keyring.newest,)))
        left += (await uow.session.execute(query)).scalar_one()
    return left


async def _reseal(uow: UnitOfWork, place: SealedColumn, *, limit: int) -> int:
    key, column = place.core.c[place.key], place.core.c[place.column]
    older = select(key, column).where(place.sealed_by(uow.keyring.older)).order_by(key)
    done, last = 0, None
    while done < limit:
        query = older if last is None else older.where(key > last)
        rows = (await uow.session.execute(query.limit(limit - done))).all()
        if not rows:
            break
        for last, sealed in rows:
            done += await reseal_row(uow, place, key=last, sealed=sealed)
    return done


async def reseal_row(uow: UnitOfWork, place: SealedColumn, *, key: Any, sealed: str) -> int:
    """Seals one row anew if it still holds what was read; returns how many rows changed."""
    about = place.about_row(key)
    try:
        anew = uow.keyring.seal(uow.keyring.open(sealed, about=about), about=about)
    except CannotOpen:
        return 0
    of_row, column = place.core.c[place.key], place.core.c[place.column]
    changed = update(place.core).where(of_row == key, column == sealed).values({column: anew})
    return cast("CursorResult[Any]", await uow.session.execute(changed)).rowcount
