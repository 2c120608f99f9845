"""Signed links: what a link in a message may do, for whom, about what, until when.

Each purpose has a salt of its own, so a link for one thing never opens another. A link shows on GET and acts on POST
(law 6); it names ids only and is revoked by raising the person's `link_epoch`.
"""

import json
from binascii import b2a_base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.hmac import HMAC
from itsdangerous import BadData, URLSafeSerializer

from bot.keyring import Keyring

_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Purpose(StrEnum):
    """What a link is for; the values stand in links that were sent, so they are never renamed."""

    SURVEY = "survey"
    PLEDGE = "pledge"
    CHECK_IN = "check-in"
    BOOK = "book"
    BOOKING = "booking"
    OFFER = "offer"
    RAISE = "raise"
    ALERT = "alert"
    ESCALATION = "escalation"
    DEADLINE = "deadline"
    HANDOVER = "handover"
    UNSUBSCRIBE = "unsubscribe"
    OPINION = "opinion"
    APPROVAL = "approval"
    TALK = "talk"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class Button:
    """A button wherever it stands: a link in an e-mail, a button in Slack, a form on `/me`.

    `quiet`: not what most people want here, so it never stands out.
    """

    label: str
    purpose: Purpose
    about: str
    choice: str = ""
    quiet: bool = False


class LinkRefused(Exception):
    """A link that is forged, damaged or made for something else."""


class LinkExpired(LinkRefused):
    """A link whose time is over: the person it was made for is offered a fresh one."""

    def __init__(self, link: "Link") -> None:
        super().__init__("This link has expired.")
        self.link = link


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says once its signature has been proved."""

    purpose: Purpose
    person_id: int
    about: str
    epoch: int
    expires: datetime


def make_link(link: Link, *, keyring: Keyring) -> str:
    """The token for `/l/{token}`: the purpose, then the signed ids."""
    return signer(link.purpose, link.about, link.expires, keyring)(link.person_id, link.epoch)


@lru_cache(maxsize=256)  # a bulletin signs half a dozen links for each reader that differ by the reader alone
def signer(purpose: Purpose, about: str, expires: datetime, keyring: Keyring) -> Callable[[int, int], str]:
    """Makes tokens that differ by person id and epoch only; what is the same in all of them is written once."""
    unsigned = _signing(purpose, keyring)
    begin = f"{purpose.value}."
    middle, end = f",{json.dumps(about)},", f",{int(expires.timestamp())}]"

    def sign(person_id: int, epoch: int) -> str:
        value = _url_safe(f"[{person_id}{middle}{epoch}{end}".encode())
        mac = unsigned.copy()
        mac.update(value)
        signature = _url_safe(mac.finalize())
        return f"{begin}{value.decode()}.{signature.decode()}"

    return sign


def read_link(token: str, *, keyring: Keyring, now: datetime) -> Link:
    """Proves a token. Raises LinkRefused, or LinkExpired when only its time is over."""
    name, _, signed = token.partition(".")
    try:
        purpose = Purpose(name)
        person_id, about, epoch, expires = _serializer(purpose, keyring).loads(signed)
        link = Link(purpose, int(person_id), str(about), int(epoch), datetime.fromtimestamp(int(expires), UTC))
    except (BadData, ValueError, TypeError, OverflowError, OSError) as problem:
        raise LinkRefused("This link is damaged or was not made by Herald.") from problem
    if now >= link.expires:
        raise LinkExpired(link)
    return link


def _url_safe(data: bytes) -> bytes:
    """Base64 as itsdangerous writes it (RFC 4648 section 5, without padding)."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE).rstrip(b"=")


@lru_cache(maxsize=64)
def _signing(purpose: Purpose, keyring: Keyring) -> HMAC:
    """What `_serializer(...).dumps` begins every signature with; a copy of it takes a third of the time."""
    return HMAC(_serializer(purpose, keyring).make_signer().derive_key(), SHA1())  # noqa: S303 - itsdangerous' own HMAC


def _serializer(purpose: Purpose, keyring: Keyring) -> URLSafeSerializer:
    oldest_first = [f"{secret}" for secret in reversed(keyring.secrets)]
    return URLSafeSerializer(oldest_first, salt=f"herald-link-{purpose.value}")
