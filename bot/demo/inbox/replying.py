"""Answering a mail from the inbox, as a mail program does: the text on top, the mail quoted below, over real SMTP."""

import asyncio
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as MODERN
from email.utils import make_msgid
from typing import Final

from bot.demo.inbox.reading import Reading
from bot.demo.inbox.store import Received

LONGEST: Final = 20_000
REPLIES_BEGIN: Final = "reply+"
TAKEN: Final = "Herald has taken your reply. Its answer is on top of the list in a moment; load this page again."
NOT_TAKEN: Final = "The reply could not be handed over. Please try again in a moment."


@dataclass(slots=True)
class Replies:
    """Where replies are handed in: the port of Herald's listener on this machine, 0 while it is not open."""

    port: int = 0

    def address(self, mail: Received) -> str:
        """Where a reply to this mail goes; empty when Herald would not read it."""
        to = _header(mail, "Reply-To").strip("<> ")
        return to if self.port and to.startswith(REPLIES_BEGIN) else ""

    async def send(self, mail: Received, reading: Reading, text: str) -> bool:
        """Sends a reply as the mail's own recipient; whether it was taken."""
        letter = reply_to(mail, reading, text, to=self.address(mail))
        return await asyncio.to_thread(self._hand_in, letter, mail.recipient)

    def _hand_in(self, letter: EmailMessage, sender: str) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
                client.send_message(letter, from_addr=sender)
        except (OSError, smtplib.SMTPException):
            return False
        return True


def reply_to(mail: Received, reading: Reading, text: str, *, to: str) -> EmailMessage:
    """The reply as a mail program writes it."""
    letter = EmailMessage()
    letter["From"] = mail.recipient
    letter["To"] = to
    subject = mail.subject if mail.subject.casefold().startswith("re:") else f"Re: {mail.subject}"
    letter["Subject"] = subject
    letter["Message-ID"] = make_msgid(domain="inbox.example.org")
    if message_id := _header(mail, "Message-ID"):
        letter["In-Reply-To"] = message_id
    quoted = "\n".join(f"> {line}" for line in reading.text.splitlines())
    letter.set_content(f"{text[:LONGEST].strip()}\n\nOn {mail.date}, {mail.sender} wrote:\n\n{quoted}\n")
    return letter


def _header(mail: Received, name: str) -> str:
    return str(BytesParser(policy=MODERN).parsebytes(mail.raw, headersonly=True)[name] or "").strip()
