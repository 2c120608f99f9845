"""What a bounce says: whether something came back, with which code, and about which address. Pure; never raises.

Three readers, the surest first: the machine-readable part (RFC 3464); flufl.bounce, which knows the words of many
mail systems; and the first code in the text (RFC 3463). The last two are asked only where a mail system wrote: a
holiday reply goes to the bounce address as well (RFC 3834, section 4) and says nothing about an address. What follows
from a bounce is in `handlers/bouncing.py`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

from flufl.bounce import all_failures

from handlers.mail.reading import MESSAGE_ID, Mail
from handlers.mail_outcomes import Reason

_CODE: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_TOLD_CODE: Final = re.compile(r"(?:[45]\d\d[ -]+|#|status: ?)([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.IGNORECASE)
_BASIC: Final = re.compile(r"(?<![\d.])([45])[0-5]\d[ -]")
_ADDRESS: Final = re.compile(r"[^\s<>;,]{1,64}@[^\s<>;,]{1,255}")
_NOT_FAILED: Final = ("delivered", "relayed", "expanded")
_LATER: Final = "delayed"
_MAIL_SYSTEM: Final = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|postmaster|maildelivery|mail-?delivery|microsoftexchange[0-9a-f]*)"
    r"(?:[+._-][^@]*)?@.*",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"(?:undeliver|delivery (?:status notification|failure|has failed|incomplete|delay)|failure notice|returned mail|"
    r"mail (?:delivery|system) (?:fail|error|deferr)|mail delivery (?:system|delay)|warning: message .* delayed|"
    r"message not delivered|non[- ]?delivery|could not be delivered)",
    re.IGNORECASE,
)
_RETURNED: Final = re.compile(
    r"^[- >]*(?:below this line is a copy|this is a copy of (?:the|your) message|original message|the body of the "
    r"message|returned message|start of returned message|original message headers|message headers follow|"
    r"your original message|transcript of the message)",
    re.IGNORECASE | re.MULTILINE,
)
MOST_LOOKED_AT: Final = 20_000
"""Characters of the words that are searched for a code."""
MOST_SCANNED: Final = 60_000
LONGEST_LINE: Final = 250
"""What flufl.bounce is given of a mail, in bytes: some of its patterns take the square of a line's length."""
MOST_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail to a bounce address says.

    `kind` is PERMANENT, TEMPORARY or UNKNOWN for one that came back; STILL_TRYING, NOT_A_BOUNCE or AUTOMATIC for one
    that did not. `status` is a code such as 5.1.1, perhaps empty; `recipients` the addresses that failed, lower case.
    """

    kind: Reason
    status: str = ""
    recipients: frozenset[str] = frozenset()

    @property
    def came_back(self) -> bool:
        """Whether the message did not arrive and never will."""
        return self.kind in (Reason.PERMANENT, Reason.TEMPORARY, Reason.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the machine-readable part says about one recipient."""

    action: str
    status: str
    recipient: str


def bounce_in(mail: Mail, raw: bytes) -> Bounce:
    """What a mail to a bounce address says. `raw` are its bytes."""
    said = _guarded(mail.message)
    failed = [each for each in said if _has_failed(each)]
    if failed:
        worst = max(failed, key=lambda each: each.status[:1] == "5")
        names = frozenset(each.recipient for each in failed if each.recipient)
        return Bounce(_kind_of(worst.status), worst.status, names)
    if any(each.action.startswith(_LATER) for each in said):
        return Bounce(Reason.STILL_TRYING, next(each.status for each in said if each.action.startswith(_LATER)))
    if said or _is_other_report(mail):
        return Bounce(Reason.NOT_A_BOUNCE)
    if not from_a_mail_system(mail):
        return Bounce(Reason.AUTOMATIC)
    return _in_words(mail, raw)


def is_bounce(mail: Mail) -> bool:
    """Whether a mail is a delivery status notification, wherever it was sent to."""
    return mail.is_report and "delivery-status" in mail.header("Content-Type").casefold()


def from_a_mail_system(mail: Mail) -> bool:
    """Whether a mail server wrote this about another mail, as far as sender and subject tell."""
    if is_bounce(mail) or mail.header("X-Failed-Recipients"):
        return True
    sender = mail.sender or mail.header("From").strip("<> ")
    return not sender or bool(_MAIL_SYSTEM.fullmatch(sender) or _SUBJECT.match(mail.subject))


def returned_message_ids(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs of the mails that a bounce returns: where no bounce address could be used (Exchange Online)."""
    try:
        named = [str(part.get("Message-ID", "")) for part in mail.message.walk() if part is not mail.message]
        for part in mail.message.walk():
            if part.get_content_type() == "text/rfc822-headers":
                named += _names_in(str(part.get_payload()))
        named += _names_in(mail.text[:MOST_LOOKED_AT])
        named += mail.header("In-Reply-To").split() + mail.header("References").split()
    except Exception:  # the standard library promises nothing about broken mail
        return ()
    found = (each.strip() for each in named if MESSAGE_ID.fullmatch(each.strip()))
    return tuple(dict.fromkeys(found))[:MOST_NAMES]


def _names_in(text: str) -> list[str]:
    return re.findall(r"^[ \t>]*Message-ID:\s*(\S{1,260})", text, re.IGNORECASE | re.MULTILINE)


def _guarded(message: Message) -> list[_Said]:
    try:
        return list(_status_fields(message))
    except Exception:  # as above
        return []


def _status_fields(message: Message) -> Iterator[_Said]:
    """Action, status and address of each recipient in the machine-readable part."""
    for part in message.walk():
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        payload = part.get_payload()
        for block in payload if isinstance(payload, list) else ():
            if isinstance(block, Message) and (block.get("Action") or block.get("Status")):
                address = _address_in(str(block.get("Final-Recipient") or block.get("Original-Recipient") or ""))
                yield _Said(str(block.get("Action", "")).strip().casefold(), _status_of(block), address)


def _status_of(block: Message) -> str:
    """The status, or the code in the diagnosis where the status says no more than that it failed (5.0.0)."""
    status = _CODE.search(str(block.get("Status", "")))
    diagnosis = _CODE.search(str(block.get("Diagnostic-Code", ""))[:LONGEST_LINE])
    vague = status is None or status[0].endswith(".0.0")
    if vague and diagnosis and (status is None or diagnosis[1] == status[1]):
        return diagnosis[0]
    return status[0] if status else ""


def _address_in(field: str) -> str:
    found = _ADDRESS.search(field)
    return found[0].casefold() if found else ""


def _has_failed(said: _Said) -> bool:
    return not said.action.startswith((*_NOT_FAILED, _LATER)) and not said.status.startswith("2")


def _is_other_report(mail: Mail) -> bool:
    """A read receipt (RFC 8098) or a complaint (RFC 5965)."""
    kind = mail.header("Content-Type").casefold()
    return mail.is_report and ("disposition-notification" in kind or "feedback-report" in kind)


def _kind_of(status: str) -> Reason:
    return {"5": Reason.PERMANENT, "4": Reason.TEMPORARY}.get(status[:1], Reason.UNKNOWN)


def _in_words(mail: Mail, raw: bytes) -> Bounce:
    """A bounce in a mail system's own words."""
    later, failed = _scanned(raw)
    status, kind = _guessed(mail.text[:MOST_LOOKED_AT])
    if later and not failed:
        return Bounce(Reason.STILL_TRYING, status)
    if failed and kind is Reason.UNKNOWN:
        kind = Reason.PERMANENT
    return Bounce(kind, status, failed)


def _scanned(raw: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """The addresses that are late and those that failed, as flufl.bounce finds them."""
    short = b"\r\n".join(line[:LONGEST_LINE] for line in raw[:MOST_SCANNED].splitlines())
    try:
        later, failed = all_failures(message_from_bytes(short))
    except Exception:  # its detectors stumble over broken mail as the standard library does
        return frozenset(), frozenset()
    return _as_text(later), _as_text(failed)


def _as_text(addresses: Iterable[bytes]) -> frozenset[str]:
    found = (_ADDRESS.fullmatch(address.decode("ascii", "replace").strip()) for address in addresses)
    return frozenset(match[0].casefold() for match in found if match)


def _guessed(text: str) -> tuple[str, Reason]:
    """The code in the words above the returned message: one that stands as codes do, else the first that looks so."""
    returned = _RETURNED.search(text)
    words = text[: returned.start()] if returned else text
    if told := _TOLD_CODE.search(words):
        return told[1], _kind_of(told[1])
    found = _CODE.search(words)
    if found and found[1] != "2":
        return found[0], _kind_of(found[0])
    basic = _BASIC.search(words)
    return "", _kind_of(basic[1]) if basic else Reason.UNKNOWN
