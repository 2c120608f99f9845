"""Replies by which a mail system says that we have sent too much, or that our own mailbox is full. Pure.

They come under permanent codes and in the place where a recipient is refused, but no reader is at fault and nothing is
over: the same message is taken when the limit is counted afresh. Every other message would meet the same reply until
then. Sources: learn.microsoft.com "smtp-submission-improvements", "continuous-error-throttling-smtp-auth-submissions"
and the list of non-delivery reports of Exchange Online; support.google.com/a/answer/3726730 (5.4.5).
"""

import re
from typing import Final

OUR_LIMITS: Final = frozenset({"5.4.5", "5.1.90", "5.2.251", "5.2.252", "5.2.253", "5.2.254", "5.2.255"})
"""Enhanced codes that say so whatever stands beside them: a day's messages, a day's recipients, a sender throttled."""
_SUBMISSION: Final = re.compile(r"STOREDRV\.Submission\.Exception:\w*QuotaExceeded|\bsubmission quota\b", re.IGNORECASE)
"""Exchange Online says it in words, under 5.2.0 (a day's recipients) or 5.2.2 (the mailbox that we sign in with)."""


def is_our_limit(enhanced: str, text: str) -> bool:
    """Whether a reply is about what we may send. `enhanced` is its enhanced code or empty, `text` its words."""
    return enhanced in OUR_LIMITS or (enhanced.startswith("5.2.") and _SUBMISSION.search(text) is not None)
