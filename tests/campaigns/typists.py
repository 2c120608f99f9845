"""People who type: question by question in a direct message, and step by step by replying to e-mails.

What was not taken (Slack heard no 200, the mail system no 250) is handed in again with the same key, as Slack and mail
systems do. New words go into the notebook once they were taken, and out of it only if what is read next says that
they were not understood, or asks for the same once more.
"""

import asyncio
import email
import email.policy
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage

from bot.demo.slack import SlackPerson
from handlers.typed.phrases import KEPT_NEWER
from tests.campaigns.crew import NUMBERS, Notebook, Work
from tests.mail.writing import hand_in, reply_to
from tests.smtp_sink import Sink

MOMENT_S = 0.1
LONG_S = 25.0
"""How long somebody waits for the next question before they ask again in other words."""
BEGIN = "pledge"
OWN_WORDS = "in your own words?"
CHECK = "Write send"
"""In the check of all answers, which repeats the questions: so it is looked for before them."""
REFUSALS = ("I could not take that", CHECK, OWN_WORDS, KEPT_NEWER)
"""What somebody reads who has to write it again."""
REPLIES = (
    (CHECK, "send"),
    ("Thank you for your pledge", BEGIN),
    (OWN_WORDS, "{text}"),
    ("Who may see it?", "Only me"),
    ("With whom, or where?", "skip"),
    ("By when?", "skip"),
    ("What might get in the way?", "skip"),
    ("What will you do next?", "Something else, in my own words"),
)
"""What somebody answers to what they read; the first that fits."""


def answer_to(read: str, *, by_mail: bool) -> tuple[str, str]:
    """What to write, and the new words in it, if there are any."""
    if by_mail and "Who may see it?" in read and CHECK not in read:
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
        count = lambda: len([m for m in slack.messages() if m.author != slack.member.id])  # noqa: E731 - read again
        await _until_more(count, seen, notes, said_something_new=bool(text))
        newer = [message.words for message in slack.messages() if message.author != slack.member.id][seen:]
        _give_up_what_was_refused(notes, address, text, newer)

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
        letter, read = _read(letters[-1].raw)
        said, text = answer_to(read, by_mail=True) if len(letters) > seen else (BEGIN, "")
        seen = len(letters)
        reply = reply_to(letter, said, sender=address)
        await _hand_in(reply, port=port, sender=address)
        if text:
            notes.typed.setdefault(address, []).append(text)
            notes.done["typed in a letter"] += 1
        answers = lambda: [read for it, read in _letters(sink, address) if it["In-Reply-To"] == reply["Message-ID"]]  # noqa: E731 - what has come by then
        await _until_more(lambda: len(answers()), 0, notes, said_something_new=bool(text))
        _give_up_what_was_refused(notes, address, text, answers())

    return work


def _letters(sink: Sink, address: str) -> Iterator[tuple[EmailMessage, str]]:
    return (_read(mail.raw) for mail in sink.to(address))


def _read(raw: bytes) -> tuple[EmailMessage, str]:
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    body = letter.get_body(preferencelist=("plain",))
    return letter, str(body.get_content()) if body is not None else ""


def _give_up_what_was_refused(notes: Notebook, address: str, text: str, newer: Sequence[str]) -> None:
    """Words that Herald said it did not take, or asks for again, are not to be found anywhere."""
    if text and newer and any(sign in " ".join(newer[-1].split()) for sign in REFUSALS):
        notes.typed[address].remove(text)
        notes.done["asked again"] += 1


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


async def _until_more(count: Callable[[], int], seen: int, notes: Notebook, *, said_something_new: bool) -> None:
    """Waits for the next thing to read, but not for ever; and once it is over, only for word on what is in the notes."""
    for _ in range(round(LONG_S / MOMENT_S)):
        if count() > seen or (notes.over.is_set() and not said_something_new):
            return
        await asyncio.sleep(MOMENT_S)
