"""Mails as people's programs write them, and real SMTP to hand them in."""

import asyncio
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid


def text_of(letter: EmailMessage) -> str:
    """The text part of an e-mail."""
    body = letter.get_body(preferencelist=("plain",))
    assert body is not None
    return str(body.get_content())


def quoted(letter: EmailMessage) -> str:
    """A letter as a mail program quotes it below a reply."""
    lines = text_of(letter).splitlines()
    return "\n".join((f"On Tue, 24 Nov 2026 at 10:00, {letter['From']} wrote:", "", *(f"> {line}" for line in lines)))


def reply_to(letter: EmailMessage, text: str, *, sender: str, **headers: str) -> EmailMessage:
    """A reply with the letter quoted below, to where the letter wants replies. `Auto_Submitted="no"` sets a header."""
    mail = EmailMessage()
    mail["From"] = headers.pop("From", f"A Person <{sender}>")
    mail["To"] = str(letter["Reply-To"])
    mail["Subject"] = headers.pop("Subject", f"Re: {letter['Subject']}")
    mail["Message-ID"] = headers.pop("Message_ID", make_msgid(domain="mail.example.org"))
    mail["In-Reply-To"] = str(letter["Message-ID"])
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(f"{text}\n\n{quoted(letter)}\n")
    return mail


def hand_in(raw: bytes, *, port: int, sender: str, to: str, lmtp: bool = False) -> tuple[int, str]:
    """The final reply of the other side, whatever it is."""
    kind = smtplib.LMTP if lmtp else smtplib.SMTP
    with kind("127.0.0.1", port) as client:
        try:
            client.sendmail(sender, [to], raw)
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = refused.recipients[to]
            return code, text.decode()
        except smtplib.SMTPResponseException as refused:
            said = refused.smtp_error
            return refused.smtp_code, said.decode() if isinstance(said, bytes) else str(said)
    return 250, ""


async def send(mail: EmailMessage | bytes, *, port: int, sender: str, to: str = "", lmtp: bool = False) -> int:
    """Hands a mail in over the wire; the code of the final reply."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    address = to or (str(mail["To"]) if isinstance(mail, EmailMessage) else "")
    code, _ = await asyncio.to_thread(hand_in, raw, port=port, sender=sender, to=address, lmtp=lmtp)
    return code
