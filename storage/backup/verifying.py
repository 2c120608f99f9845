"""Proves a backup by putting it into a database that is thrown away: what can be put back once can be put back."""

import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.keyring import Keyring
from storage.backup.container import Manifest, lines_of, manifest_from, proof_of
from storage.backup.making import Progress, unheard
from storage.backup.restoring import put_back
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store

NOBODY = SendingPolicy(live=False, slack=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a backup holds, and whether the key was at hand that proves where it was made."""

    manifest: Manifest
    ours: bool


async def verify_backup(file: Path, *, keyring: Keyring | None, clock: Clock, progress: Progress = unheard) -> Verified:
    """Checks every byte, every row and every reference between rows; with the keyring also where it was made.

    Nothing of the database's content is kept: the trial is a file in a temporary folder. Raises BackupProblem.
    """
    proof = proof_of(file, keyring=keyring)
    with tempfile.TemporaryDirectory(prefix="herald-verify-") as folder:
        passing = Keyring((secrets.token_urlsafe(32),))
        trial = Store(f"sqlite:///{folder}/trial.db", clock=clock, keyring=passing, sending=NOBODY, durable=False)
        try:
            restored = await put_back(trial, file, progress=progress)
        finally:
            await trial.close()
    return Verified(restored.manifest, proof.keyed)


def manifest_of(file: Path, *, keyring: Keyring | None) -> Manifest:
    """What a backup says about itself, after every byte was checked. Raises BackupProblem."""
    proof_of(file, keyring=keyring)
    with lines_of(file) as lines:
        return manifest_from(next(lines, None), file)
