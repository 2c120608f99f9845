"""Reading forms: parsed once by the guard in `middleware.py`, handed to pages as frozen values."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import Request

from bot.keyring import Keyring
from handlers.web.context import context_of
from handlers.web.visitors import browser_of

CSRF = "csrf"
KEY = "key"
KEY_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent with a form. Its name is only ever shown, never used as a path."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """What a person sent. Several values of one name keep their order; NUL characters are already taken out.

    `stamp` is a keyed fingerprint of the content: one key with other words in the boxes is another answer.
    """

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    files: Mapping[str, Upload] = field(default_factory=dict, repr=False)
    stamp: str = ""

    def text(self, name: str) -> str:
        """The first value of a field without space around it, or an empty text."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, such as ticked boxes."""
        return tuple(self.fields.get(name, ()))

    def number(self, name: str) -> int:
        """A whole number from a hidden field; 0 when it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def file(self, name: str) -> Upload | None:
        """A file that was chosen, or None."""
        upload = self.files.get(name)
        return upload if upload is not None and (upload.name or upload.data) else None

    @property
    def key(self) -> str:
        """The receipt key (law 2): the form's own random key and its content; a form without a key counts as new.

        A browser that goes back shows the old form, key included; words changed there must not pass for a repeat.
        """
        key = self.text(KEY)
        return f"{key if KEY_SHAPE.fullmatch(key) else new_key()}.{self.stamp}"


def stamp_of(fields: Mapping[str, Sequence[str]], keyring: Keyring) -> str:
    """The fingerprint of what was filled in. Keyed, so that a stored receipt tells nothing about an answer."""
    content = sorted((name, tuple(values)) for name, values in fields.items() if name not in (CSRF, KEY))
    return keyring.mac("form", json.dumps(content))[:16]


def new_key() -> str:
    """A new random key for one showing of a form."""
    return secrets.token_urlsafe(18)


def form_of(request: Request) -> Form:
    """The form of this request; empty when there was none."""
    form = getattr(request.state, "form", None)
    return form if isinstance(form, Form) else Form()


def csrf_token(request: Request) -> str:
    """The token that every form of this browser carries: a keyed fingerprint of the browser's own cookie.

    It is bound to the browser rather than to the session, so that signing in elsewhere in the same browser does not
    throw away what was typed into a page opened before (law 5). `__Host-` keeps others from planting the cookie.
    """
    return context_of(request).keyring.mac("csrf", browser_of(request))


def csrf_holds(request: Request, given: str) -> bool:
    """Whether a token belongs to this browser; old keys of the ring still count, so that a rotation refuses nobody."""
    browser = browser_of(request)
    rings = [Keyring((secret,)) for secret in context_of(request).keyring.secrets]
    return any(hmac.compare_digest(ring.mac("csrf", browser).encode(), given.encode()) for ring in rings)
