"""Keys derived from `HERALD_SECRET_KEY`: one for each purpose, newest first, older ones still read (rotation)."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits
KEY_ID_CHARACTERS = 8


class CannotOpen(Exception):
    """Sealed text that no key of the ring opens: the key was taken away, or the bytes were moved or changed."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets of this installation, newest first. Never shown: `repr` says only how many there are."""

    secrets: tuple[str, ...] = field(repr=False)

    def key(self, purpose: str, *, key_id: str | None = None) -> bytes:
        """A 256-bit key for one purpose, from the newest secret or from the one with this id.

        Raises CannotOpen when the ring has no secret of that id.
        """
        if key_id is None:
            return _derive(self.secrets[0], purpose)
        for secret in self.secrets:
            if _key_id(secret) == key_id:
                return _derive(secret, purpose)
        raise CannotOpen(f"The secret key {key_id} is not in HERALD_SECRET_KEY. Put it back after the newest one.")

    @property
    def newest(self) -> str:
        """The id of the newest secret: safe to store and to show."""
        return _key_id(self.secrets[0])

    @property
    def older(self) -> tuple[str, ...]:
        """The ids of the other secrets, which still open what they sealed."""
        return tuple(_key_id(secret) for secret in self.secrets[1:])

    def mac(self, purpose: str, text: str, *, key_id: str | None = None) -> str:
        """A keyed fingerprint (HMAC-SHA256, hex) of a text: for looking a token up without storing it."""
        return _mac(self.key(purpose, key_id=key_id), text)

    def macs(self, purpose: str, text: str) -> tuple[str, ...]:
        """The same fingerprint under every secret, the newest first: what may have been stored before a rotation."""
        return tuple(_mac(_derive(secret, purpose), text) for secret in self.secrets)

    def seal(self, text: str, *, about: str) -> str:
        """Encrypts a text (AES-256-GCM). `about` names row and column, so that the result opens nowhere else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = _cipher(self.key("seal")).encrypt(nonce, text.encode(), about.encode())
        return f"{self.newest}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, about: str) -> str:
        """Decrypts what `seal` made for the same row and column. Raises CannotOpen."""
        key_id, _, body = sealed.partition(".")
        try:
            raw = base64.urlsafe_b64decode(body.encode())
            key = self.key("seal", key_id=key_id)
            return _cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
        except (InvalidTag, ValueError) as problem:
            raise CannotOpen("This text was moved or changed since it was sealed.") from problem


@lru_cache(maxsize=16)  # made with its schedule of round keys: as dear as sealing an answer
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _mac(key: bytes, text: str) -> str:
    mac = _unfinished(key).copy()
    mac.update(text.encode())
    return mac.finalize().hex()


@lru_cache(maxsize=64)
def _unfinished(key: bytes) -> HMAC:
    return HMAC(key, SHA256())


@lru_cache(maxsize=16)
def _key_id(secret: str) -> str:
    return hashlib.sha256(b"herald key id:" + secret.encode()).hexdigest()[:KEY_ID_CHARACTERS]


@lru_cache(maxsize=256)  # every answer is opened and sealed with the same keys; the secrets are in memory anyway
def _derive(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"herald:{purpose}".encode(), hashlib.sha256).digest()
