"""Answers to mail: in the outbox, to the person's own address, in the thread of what they wrote (RFC 3834, 4)."""

from dataclasses import dataclass, replace
from typing import Any, Final

from bot.conversation.prompt import Notice
from handlers.typed.said import Heard
from handlers.typed.telling import listing_facts, message_of
from storage.deliveries import Message
from storage.tables.deliveries import Channel, Delivery
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

MOST_TURNS: Final = 8
"""Answers in a row that get no further: the last one says so, and then Herald is silent. No loop is longer."""
LONGEST_SUBJECT: Final = 150
NO_MORE: Final = (
    "Herald has not understood several replies in a row, so it does not answer the next ones here. "
    "Please use the button or your own page instead."
)
OTHER_SENDER: Final = Notice(
    "A reply from another address",
    (
        "Somebody answered a message that Herald had sent to you, but from another address, so it was not read. "
        "If it was you, please send it again from this address, or use the link in the message.",
        "If it was not you, somebody may have forwarded the message. There is nothing that you need to do.",
    ),
)
MAILBOX: Final = Notice(
    "Replies from a shared mailbox are not read",
    ("This message went to a shared mailbox. Please follow what it says there, or sign in with your own address.",),
)


@dataclass(frozen=True, slots=True)
class Thread:
    """The mail that is answered: its Message-ID, perhaps empty, and the subject that the answer keeps."""

    message_id: str
    subject: str

    def facts(self) -> dict[str, Any]:
        """As it stands on the outbox row."""
        return {"message_id": self.message_id, "subject": self.subject}


@dataclass(frozen=True, slots=True)
class About:
    """What an answer belongs to: the receipt key, the thread, and how many in a row got no further."""

    key: str
    thread: Thread
    turns: int


def subject_of_reply(subject: str) -> str:
    """Our own subject with `Re:`. What the person made of it is not repeated: it may hold anything."""
    plain = " ".join(subject.split())[:LONGEST_SUBJECT]
    return plain if plain.casefold().startswith("re:") else f"Re: {plain}"


async def queue(uow: UnitOfWork, person: Person, heard: Heard, about: About) -> None:
    """Puts what was heard into the outbox as an e-mail; nothing when there is nothing new to say."""
    if about.turns >= MOST_TURNS:
        heard = replace(heard, first=(*heard.first, NO_MORE))
    message = message_of(replace(heard, question=""), key=about.key)
    if message is None:
        return
    facts = {**message.facts, "thread": about.thread.facts(), "turns": about.turns}
    await uow.deliveries.answer_by_mail(person, replace(message, facts=facts))


async def tell_of_other_sender(uow: UnitOfWork, person: Person, delivery: Delivery) -> None:
    """One line to the person's own address, once for each message. The sender gets no answer at all."""
    message = _told("mail.other-sender", delivery, OTHER_SENDER)
    await uow.deliveries.tell(person, message, channels=(Channel.EMAIL,))


async def tell_mailbox(uow: UnitOfWork, delivery: Delivery, thread: Thread) -> None:
    """One line to a shared mailbox that answered, once for each message."""
    message = _told("mail.mailbox", delivery, MAILBOX, thread)
    await uow.deliveries.tell_address(str(delivery.address), message)


def _told(kind: str, delivery: Delivery, notice: Notice, thread: Thread | None = None) -> Message:
    facts = listing_facts(notice) | ({} if thread is None else {"thread": thread.facts()})
    return Message(kind=kind, ledger_key=f"{kind}:{delivery.id}", facts=facts)
