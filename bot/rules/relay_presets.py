"""What is known of relays that many agencies use: how fast they let us send, and whose name an envelope may carry.

One visible table. `HERALD_SMTP_RATE` and `HERALD_SMTP_CONNECTIONS` win over it; `herald init`, `herald doctor` and the
page of an edition say which row was chosen. Sources: reference/email-delivery.md section 1 and [E1];
learn.microsoft.com "smtp-submission-improvements" (Exchange Online); support.google.com/a/answer/166852 and 2956491
(Gmail, SMTP relay service).
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from bot.rules.relay import RateWindow, parse_rate

DEFAULT_CONNECTIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of relay. `hosts` are patterns of host names in small letters; `rate` is written as the setting is.

    `own_sender_only`: it refuses every envelope sender but the mailbox itself, so bounces are matched by Message-ID.
    """

    name: str
    hosts: tuple[str, ...]
    connections: int = DEFAULT_CONNECTIONS
    rate: str = ""
    own_sender_only: bool = False
    note: str = ""

    @property
    def windows(self) -> tuple[RateWindow, ...]:
        """The limits as windows, the shortest first; none means no limit that we know."""
        return parse_rate(self.rate)


ANY: Final = Preset("a relay of your own", hosts=("*",), note="Herald keeps to no limit but those that you set.")

PRESETS: Final = (
    Preset(
        "Exchange Online",
        hosts=("*.office365.com", "*.outlook.com"),
        connections=3,
        rate="30/min,10000/day",
        own_sender_only=True,
        note="Microsoft takes 3 connections, 30 messages a minute and 10,000 recipients a day from a mailbox.",
    ),
    Preset(
        "Google Workspace, a mailbox",
        hosts=("smtp.gmail.com", "smtp.googlemail.com"),
        rate="2000/day",
        own_sender_only=True,
        note="Google takes 2,000 messages a day from a mailbox, and replaces a foreign sender by the mailbox.",
    ),
    Preset(
        "Google Workspace, the relay service",
        hosts=("smtp-relay.gmail.com",),
        rate="10000/day",
        note="Google's relay service takes 10,000 messages a day from each sender.",
    ),
)


@lru_cache(maxsize=8)  # asked about every message
def preset_for(smtp_url: str) -> Preset:
    """The row for a relay, by its host in `HERALD_SMTP_URL`; `ANY` for one that nobody listed, or for no address."""
    try:
        host = (urlsplit(smtp_url.strip()).hostname or "").rstrip(".")
    except ValueError:  # not an address at all: the settings have said so already
        return ANY
    fitting = (preset for preset in PRESETS if any(fnmatchcase(host, pattern) for pattern in preset.hosts))
    return next(fitting, ANY)
