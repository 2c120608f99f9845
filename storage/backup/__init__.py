"""Backups: one portable file for SQLite and PostgreSQL that proves itself, made while Herald runs.

`container.py` is the file, `values.py` how a row becomes a line, `making.py` and `restoring.py` what is done with both.
Why it is so: docs/decisions/0010-backup.md.
"""

from storage.backup.container import BackupProblem, Manifest
from storage.backup.making import make_backup
from storage.backup.restoring import Restored, last_beat, replace_file, restore_into
from storage.backup.verifying import Verified, manifest_of, verify_backup

__all__ = [
    "BackupProblem",
    "Manifest",
    "Restored",
    "Verified",
    "last_beat",
    "make_backup",
    "manifest_of",
    "replace_file",
    "restore_into",
    "verify_backup",
]
