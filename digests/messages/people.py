"""The words of messages about the register."""

from bot.rendering.note import Note
from digests.messages.kinds import Facts, WriteNote, Writing


def stranger(_facts: Facts, writing: Writing) -> Note:
    """To the coordinators: somebody unknown wants to be let in. No address, since it would stay in mailboxes."""
    return Note(
        subject="Somebody asks to be added to Herald",
        paragraphs=(
            f"Somebody who is not in the register of {writing.partnership.short_name} asked to be let in.",
            f"Look at who it is, and add them if they belong: {writing.base_url}/ops/people",
        ),
    )


KINDS: dict[str, WriteNote] = {"people.stranger": stranger}
