"""What the operations team is told about bulletins; the editions themselves are written in `digests/bulletins.py`."""

from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing


def _missed(facts: Facts, writing: Writing) -> Note:
    return Note(
        subject=f"Not sent: {facts['title']}",
        paragraphs=(
            f"“{facts['title']}” could not begin before the time you set as its latest, so nobody has received it.",
            f"Look at it and choose another time, or cancel it: {writing.base_url}/ops/bulletins/{facts['id']}",
        ),
    )


KINDS: dict[str, WriteNote] = {"bulletin.missed": _missed}
