"""What can become of a mail that came in, and why: words for the record and for the operations team. Never its text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.mail import BOUNCED, TAKEN


class Outcome(StrEnum):
    """What was done. The values stand in the database and are never renamed."""

    TAKEN = TAKEN
    LEFT = "left"
    BOUNCED = BOUNCED
    PASSED_OVER = "passed-over"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


class Reason(StrEnum):
    """Why. The values stand in the database and are never renamed."""

    TOO_BIG = "too big"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    NOT_OURS = "not our address"
    GONE = "message not kept any more"
    AUTOMATIC = "automatic"
    LIST = "mailing list"
    LOOP = "our own mail"
    NOTHING_HELPS = "no answer understood"
    TOO_MANY = "too many from one person"
    OTHER_SENDER = "another sender"
    NOBODY = "nobody's own address"
    LEFT = "person has left"
    REVOKED = "links were revoked"
    NOT_A_BOUNCE = "report that is no bounce"
    STILL_TRYING = "still on its way"
    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    UNKNOWN = "unknown"


OUTCOMES: Final[dict[str, str]] = {
    Outcome.TAKEN: "read and answered",
    Outcome.LEFT: "somebody left a series or reminders by e-mail",
    Outcome.BOUNCED: "a message of ours came back",
    Outcome.PASSED_OVER: "not read",
    Outcome.REFUSED: "not read",
    Outcome.DUPLICATE: "came twice; read once",
}
IN_WORDS: Final[dict[str, str]] = {
    Reason.TOO_BIG: "it was too big",
    Reason.UNREADABLE: "it could not be read as an e-mail",
    Reason.EMPTY: "nothing was written above the quoted message",
    Reason.NOT_OURS: "the address was not one of Herald's",
    Reason.GONE: "the message that it answers is not kept any more",
    Reason.AUTOMATIC: "a machine sent it, such as an out-of-office reply",
    Reason.LIST: "it came through a mailing list",
    Reason.LOOP: "it was Herald's own message, coming back",
    Reason.NOTHING_HELPS: "several in a row were not understood, so no more answers were sent",
    Reason.TOO_MANY: "too many came from one person in a day",
    Reason.OTHER_SENDER: "it came from another address than the message had gone to",
    Reason.NOBODY: "the message had gone to a shared mailbox",
    Reason.LEFT: "the person has left",
    Reason.REVOKED: "all links had been revoked since",
    Reason.NOT_A_BOUNCE: "it was a report, such as a read receipt",
    Reason.STILL_TRYING: "a mail server said that our message is late; it still tries",
    Reason.PERMANENT: "their mail server will not take it",
    Reason.TEMPORARY: "their mail server could not take it then",
    Reason.UNKNOWN: "it came back without saying why",
}


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one mail for one of its recipients."""

    outcome: Outcome
    reason: Reason | None = None


def in_words(outcome: str, reason: str) -> str:
    """What became of a mail, for the operations team; values of other versions as they stand."""
    why = IN_WORDS.get(reason, reason)
    return f"{OUTCOMES.get(outcome, outcome)}: {why}" if why else OUTCOMES.get(outcome, outcome)
