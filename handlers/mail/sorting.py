"""Whether a machine wrote a mail: nothing automatic is ever answered (RFC 3834, section 2). Pure.

Strong signs are headers that programs set; a subject such as "Automatic reply:" is a weak one, but the one that
Exchange and many phones give people.
"""

import re
from typing import Final

from handlers.mail.reading import Mail
from handlers.mail_outcomes import Reason

OUR_MESSAGE_ID: Final = re.compile(r"<[0-9a-f]{32}@(?P<domain>[^>]+)>")
"""How `bot.mail_addresses.message_id_for` names our own messages."""
_SET_BY_MACHINES: Final = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Response-Suppress",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-Failed-Recipients",
)
_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_SET_BY_LISTS: Final = ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List", "X-Mailing-List")
_MACHINES: Final = re.compile(
    r"(?:mailer-?daemon|postmaster|(?:do-?not|no)-?_?reply|bounces?|auto(?:-?reply|-?responder)?|listserv|majordomo)"
    r"(?:[+._-].*)?@.*",
    re.IGNORECASE,
)
_SAYS_SO: Final = re.compile(
    r"(?:(?:automatic|auto)[ -]?(?:reply|response|antwort)\b|auto:|autoreply\b|out of (?:the )?office\b|abwesen|"
    r"réponse automatique|undeliver|delivery (?:status|failure)|read:|vacation\b|on (?:annual )?leave\b)",
    re.IGNORECASE,
)


def why_not_a_person(mail: Mail, *, envelope_sender: str | None, domain: str) -> Reason | None:
    """The reason not to read this as somebody's reply; None for a person's mail.

    `envelope_sender` is empty for the null path and None where it is not known. `domain` is our own mail domain.
    """
    if envelope_sender == "" or _automatic(mail):
        return Reason.LOOP if is_our_own(mail, domain=domain) else Reason.AUTOMATIC
    if any(mail.header(name) for name in _SET_BY_LISTS):
        return Reason.LIST
    if is_our_own(mail, domain=domain):
        return Reason.LOOP
    return None


def is_our_own(mail: Mail, *, domain: str) -> bool:
    """Whether Herald sent this itself, so that answering it would never end."""
    named = OUR_MESSAGE_ID.fullmatch(mail.message_id)
    return named is not None and named["domain"].casefold() == domain.casefold()


def _automatic(mail: Mail) -> bool:
    submitted = mail.header("Auto-Submitted").partition(";")[0].strip().casefold()
    if submitted not in ("", "no") or mail.is_report:
        return True
    if mail.header("Precedence").casefold() in _BULK or any(mail.header(name) for name in _SET_BY_MACHINES):
        return True
    if mail.header("Return-Path").strip() == "<>":
        return True
    return bool(_MACHINES.fullmatch(mail.sender) or _SAYS_SO.match(mail.subject))
