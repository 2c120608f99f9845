"""Addresses that say which message they belong to: `reply+TOKEN@…`, `bounce+TOKEN@…`, Message-IDs, fingerprints.

A token is the number of an outbox row, encrypted as one block under a key of its own purpose. It tells nobody anything,
nothing about it is stored, and a forged one does not open. Mail systems may change the case of an address, so the
letters are hexadecimal. Tokens made under an older secret still open (rotation).
"""

from enum import StrEnum
from functools import lru_cache
from threading import get_ident
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from bot.keyring import Keyring

ID_BYTES: Final = 8
EPOCH_BYTES: Final = 2
BLOCK_BYTES: Final = 16
PROOF: Final = bytes(BLOCK_BYTES - ID_BYTES - EPOCH_BYTES)  # a forged token decrypts to these zeros once in 2**48 tries
MESSAGE_ID_CHARACTERS: Final = 32  # 128 bits


class MailPurpose(StrEnum):
    """What an address is for; the words stand in mail that was sent, so they are never renamed."""

    REPLY = "reply"
    BOUNCE = "bounce"
    LEAVE = "leave"


KEY_OF: Final = {MailPurpose.LEAVE: MailPurpose.REPLY}
"""Whoever has a message's reply address has its way out as well: both carry one token, made once for each message."""


class Tagged(NamedTuple):
    """What an address says: what it is for, which delivery it belongs to, and its reader's `link_epoch` when it left.

    The epoch goes round after 65,536 revocations.
    """

    purpose: MailPurpose
    delivery_id: int
    epoch: int

    def is_of(self, link_epoch: int) -> bool:
        """Whether no links of the person were revoked since this address was made."""
        return self.epoch == _short(link_epoch)


def tagged_address(purpose: MailPurpose, delivery_id: int, *, domain: str, keyring: Keyring, epoch: int = 0) -> str:
    """The address that brings a reply or a bounce back to its delivery, such as `reply+2k…@mail.example.org`."""
    block = delivery_id.to_bytes(ID_BYTES, "big") + _short(epoch).to_bytes(EPOCH_BYTES, "big") + PROOF
    sealed = _sealer(purpose, keyring.secrets[0], get_ident()).update(block)
    return f"{purpose.value}+{sealed.hex()}@{domain}"


def leave_address(reply_address: str) -> str:
    """The address at which any mail leaves what the message came from, made of the message's own reply address."""
    return f"{MailPurpose.LEAVE.value}+{reply_address.partition('+')[2]}"


def read_tagged(address: str, *, keyring: Keyring) -> Tagged | None:
    """Which delivery an address belongs to; None for every address that Herald did not make."""
    name, plus, token = address.partition("@")[0].strip().lower().partition("+")
    if not plus or name not in {purpose.value for purpose in MailPurpose}:
        return None
    try:
        sealed = bytes.fromhex(token)
    except ValueError:
        return None
    if len(sealed) != BLOCK_BYTES:
        return None
    purpose = MailPurpose(name)
    for secret in keyring.secrets:
        block = _cipher(purpose, secret).decryptor().update(sealed)
        if block.endswith(PROOF):
            epoch = block[ID_BYTES : ID_BYTES + EPOCH_BYTES]
            return Tagged(purpose, int.from_bytes(block[:ID_BYTES], "big"), int.from_bytes(epoch, "big"))
    return None


def message_id_for(ledger_key: str, *, domain: str, keyring: Keyring) -> str:
    """The Message-ID of a message: the same for the same message, telling nothing about it."""
    return f"<{keyring.mac('message-id', ledger_key)[:MESSAGE_ID_CHARACTERS]}@{domain}>"


def fingerprints(address: str, *, keyring: Keyring) -> tuple[str, ...]:
    """Keyed fingerprints of an address, the newest secret's first: store the first, look all of them up."""
    normal = address.strip().casefold()
    return keyring.macs("address", normal)


def _short(epoch: int) -> int:
    return epoch % (1 << 8 * EPOCH_BYTES)


@lru_cache(maxsize=16)  # a block depends on no other one, so one sealer serves all messages; not across threads
def _sealer(purpose: MailPurpose, secret: str, _thread: int) -> CipherContext:
    return _cipher(purpose, secret).encryptor()


@lru_cache(maxsize=16)
def _cipher(purpose: MailPurpose, secret: str) -> "Cipher[modes.ECB]":
    key = Keyring((secret,)).key(f"mail-{KEY_OF.get(purpose, purpose).value}")
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - exactly one block, never two under one mode
