"""What readers think of stories: a tally for each, and that a reader has spoken, under a fingerprint; no way between.

Both are written in one transaction, as they must be; neither row says which change of the other it came with: no time,
no number in a row, no order (the table's docstrings; docs/explanation/anonymity-and-confidentiality.md).
"""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.keyring import Keyring
from bot.rules.opinions import Tally
from storage.database import insert_into
from storage.tables.bulletins import StoryOpinion, StoryOpinionGiven

MOST_STORIES = 200
"""More than an edition has room for: a letter of 90 KB (bot/rendering/bulletin/lint.py)."""
AT_ONCE = 500


class Opinions:
    """Queries over opinions, within one unit of work."""

    def __init__(self, session: AsyncSession, *, keyring: Keyring) -> None:
        self._session = session
        self._keyring = keyring

    async def give(self, bulletin_id: str, story: int, *, person_id: int, useful: bool) -> bool:
        """Counts what somebody thinks of a story. False when they have spoken already: then nothing changes."""
        newest, *older = self._marks(bulletin_id, story, person_id)
        if older and await self._known(older):
            return False
        put = insert_into(self._session, StoryOpinionGiven).values(reader_mac=newest, bulletin_id=bulletin_id)
        put = put.on_conflict_do_nothing()
        if (await self._session.execute(put.returning(StoryOpinionGiven.reader_mac))).first() is None:
            return False
        column = StoryOpinion.useful if useful else StoryOpinion.not_useful
        first = {"bulletin_id": bulletin_id, "story": story, "useful": int(useful), "not_useful": int(not useful)}
        count = insert_into(self._session, StoryOpinion).values(**first)
        count = count.on_conflict_do_update(
            index_elements=[StoryOpinion.bulletin_id, StoryOpinion.story], set_={column.key: column + 1}
        )
        await self._session.execute(count)
        return True

    async def spoken(self, bulletin_id: str, stories: Iterable[int], *, person_id: int) -> set[int]:
        """The stories of which this person has said what they think; what they said is nowhere."""
        of_story = {mark: story for story in stories for mark in self._marks(bulletin_id, story, person_id)}
        return {of_story[mark] for mark in await self._known(of_story)}

    async def forget_all_of(self, person_id: int) -> int:
        """Takes away that somebody has spoken about anything; the tallies stay. Returns how many rows."""
        editions = (await self._session.execute(select(StoryOpinionGiven.bulletin_id).distinct())).scalars().all()
        taken = 0
        for bulletin_id in editions:
            marks = [
                mark for story in range(1, MOST_STORIES + 1) for mark in self._marks(bulletin_id, story, person_id)
            ]
            for start in range(0, len(marks), AT_ONCE):
                some = StoryOpinionGiven.reader_mac.in_(marks[start : start + AT_ONCE])
                gone = await self._session.execute(
                    delete(StoryOpinionGiven).where(some).returning(StoryOpinionGiven.reader_mac)
                )
                taken += len(gone.all())
        return taken

    async def tallies(self, bulletin_ids: Collection[str]) -> dict[str, dict[int, Tally]]:
        """The tallies of editions, by id and number of the story."""
        found: dict[str, dict[int, Tally]] = {bulletin_id: {} for bulletin_id in bulletin_ids}
        rows = await self._session.execute(select(StoryOpinion).where(StoryOpinion.bulletin_id.in_(found)))
        for row in rows.scalars():
            found[row.bulletin_id][row.story] = Tally(row.useful, row.not_useful)
        return found

    async def _known(self, marks: Iterable[str]) -> set[str]:
        query = select(StoryOpinionGiven.reader_mac).where(StoryOpinionGiven.reader_mac.in_(list(marks)))
        return set((await self._session.execute(query)).scalars())

    def _marks(self, bulletin_id: str, story: int, person_id: int) -> list[str]:
        """The fingerprints of (person, edition, story) under every key that is still known, the newest first."""
        said = f"{bulletin_id}/{story}/{person_id}"
        return [Keyring((secret,)).mac("story-opinion", said) for secret in self._keyring.secrets]
