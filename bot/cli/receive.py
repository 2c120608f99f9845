"""`herald receive`: one raw e-mail on standard input, for the pipe of a mail server.

The exit codes are those that mail servers know (sysexits.h): 0 it is done, 75 keep it and try again. Nothing else,
because every other code makes a mail server write to the sender, who may be forged.
"""

import asyncio
import logging
import sys
from collections.abc import Iterable
from email.utils import getaddresses
from typing import Final

from bot import logs
from bot.cli.shell import CannotDo, Shell
from bot.mail_addresses import read_tagged
from bot.mail_door import mail_context
from handlers.mail.reading import LARGEST, Unreadable, read
from handlers.mail.receiving import Arrived, receive

NAMING: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
MOST_NAMED: Final = 10


async def receive_one(shell: Shell) -> None:
    """Takes the mail in. Raises CannotDo where no mail is set up, and what `receive` raises."""
    logs.set_up(as_json=False, stream=shell.err, level=logging.WARNING)
    raw = await asyncio.to_thread(sys.stdin.buffer.read, LARGEST + 1)
    async with shell.store() as store:
        context = mail_context(store, shell.settings)
        if context is None:
            raise CannotDo("No mail is set up here. Set HERALD_SMTP_URL and HERALD_MAIL_DOMAIN.")
        found = tuple(to for to in _named(shell, raw) if read_tagged(to, keyring=store.keyring) is not None)
        sender = shell.options.sender if shell.options.sender is not None else _told(shell, "SENDER")
        for received in await receive(context, Arrived(raw, found[:MOST_NAMED], sender)):
            shell.say(f"{received.outcome.value}{f': {received.reason.value}' if received.reason else ''}")


def _told(shell: Shell, *names: str) -> str | None:
    """What the mail server says in the environment (Postfix: ORIGINAL_RECIPIENT, SENDER)."""
    variables = shell.environment.variables
    return next((variables[name] for name in names if variables.get(name)), None)


def _named(shell: Shell, raw: bytes) -> tuple[str, ...]:
    """Whom the mail is for: the option, what the mail server says in the environment, or the headers."""
    given = shell.options.to or _told(shell, "ORIGINAL_RECIPIENT", "RECIPIENT")
    if given:
        return (given,)
    try:
        mail = read(raw[:LARGEST])
    except Unreadable:
        return ()
    return tuple(dict.fromkeys(_addresses(mail.header(name) for name in NAMING)))


def _addresses(headers: Iterable[str]) -> tuple[str, ...]:
    return tuple(address for _, address in getaddresses(list(headers)) if address)
