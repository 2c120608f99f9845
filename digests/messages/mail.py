"""What is said about mail that came in and could not be read as it was."""

from digests.messages.kinds import WriteNote
from digests.messages.talk import said

KINDS: dict[str, WriteNote] = {"mail.other-sender": said, "mail.mailbox": said}
