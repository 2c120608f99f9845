"""People who type: question by question in a direct message, and step by step by replying to e-mails.

What was taken (Slack heard 200, the mail system 250) goes into the notebook; what was not is handed in again with the
same key, as Slack and mail systems do.
"""

import asyncio
import email
import email.policy
from email.message import EmailMessage

from bot.demo.slack import SlackPerson
from tests.campaigns.crew import NUMBERS, Notebook, Work
from tests.mail.writing import hand_in, reply_to
from tests.smtp_sink import Sink

MOMENT_S = 0.1
LONG_S = 25.0
"""How long somebody waits for the next question before they ask again in other words."""
BEGIN = "pledge"
REPLIES = (
    ("Thank you for your pledge", BEGIN),
    ("in your own words?", "{text}"),
    ("Who may see it?", "Only me"),
    ("With whom, or where?", "skip"),
    ("By when?", "skip"),
    ("What might get in the way?", "skip"),
    ("What will you do next?", "Something else, in my own words"),
    ("send", "send"),
)
"""What somebody answers to what they read; the first that fits."""


def answer_to(read: str, *, by_mail: bool) -> tuple[str, str]:
    """What to write, and the new words in it, if there are any."""
    if by_mail and "Who may see it?" in read:
        return "4. Only me", ""
    for sign, reply in REPLIES:
        if sign in read:
            text = f"I will ring the other agency first, number {next(NUMBERS)}" if "{text}" in reply else ""
            return reply.format(text=text), text
    return BEGIN, ""


def typing(slack: SlackPerson, address: str, notes: Notebook) -> Work:
    """Makes one pledge after the other in a direct message."""
    seen = 0

    async def work() -> None:
        nonlocal seen
        messages = slack.messages()
        mine = [message for message in messages if message.author != slack.member.id]
        said, text = answer_to(mine[-1].words, by_mail=False) if len(mine) > seen else (BEGIN, "")
        seen = len(mine)
        delivery = await slack.say(said)
        while not delivery.ok:
            await asyncio.sleep(MOMENT_S)
            (delivery,) = await slack.send_again(retry=1)
        if text:
            notes.typed.setdefault(address, []).append(text)
            notes.done["typed in a message"] += 1
        await _until_more(lambda: len([m for m in slack.messages() if m.author != slack.member.id]), seen)

    return work


def writing(sink: Sink, address: str, notes: Notebook, *, port: int) -> Work:
    """Makes one pledge after the other by replying to the newest letter."""
    seen = 0

    async def work() -> None:
        nonlocal seen
        letters = sink.to(address)
        if not letters:
            await asyncio.sleep(MOMENT_S)
            return
        letter = email.message_from_bytes(letters[-1].raw, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        body = letter.get_body(preferencelist=("plain",))
        read = str(body.get_content()) if body is not None else ""
        said, text = answer_to(read, by_mail=True) if len(letters) > seen else (BEGIN, "")
        seen = len(letters)
        reply = reply_to(letter, said, sender=address)
        await _hand_in(reply, port=port, sender=address)
        if text:
            notes.typed.setdefault(address, []).append(text)
            notes.done["typed in a letter"] += 1
        await _until_more(lambda: len(sink.to(address)), seen)

    return work


async def _hand_in(mail: EmailMessage, *, port: int, sender: str) -> None:
    """As a mail system does: the same mail again until somebody takes it."""
    while True:
        try:
            code, said = await asyncio.to_thread(hand_in, mail.as_bytes(), port=port, sender=sender, to=str(mail["To"]))
        except (OSError, EOFError, ValueError) as gone:
            code, said = 421, str(gone)
        if code == 250:
            return
        assert code < 500, f"a reply was refused: {code} {said}"
        await asyncio.sleep(MOMENT_S)


async def _until_more(count: object, seen: int) -> None:
    """Waits for the next thing to read, but not for ever."""
    assert callable(count)
    for _ in range(round(LONG_S / MOMENT_S)):
        if count() > seen:
            return
        await asyncio.sleep(MOMENT_S)
