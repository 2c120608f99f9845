"""What a kind of talk must offer: how its flow is built from what is remembered, and what a finished one means."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.conversation.conditions import Answers
from bot.conversation.flow import Flow
from bot.conversation.prompt import Notice, Receipt
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class About:
    """Who talks about what: the person in the register and the subject, such as a survey's id.

    `answers` are those given so far, for a flow whose words follow them (`Flow.follows_answers`).
    """

    person: Person
    subject: str
    answers: Answers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """A finished talk: its answers, the surface it ended on, and the conversation's id as the key of its effects."""

    answers: Answers
    surface: str
    conversation_id: str


BuildFlow = Callable[[UnitOfWork, About], Awaitable[Flow | Notice]]
Finish = Callable[[UnitOfWork, About, Ending], Awaitable[Receipt | Notice]]


@dataclass(frozen=True, slots=True)
class Talk:
    """One kind of talk.

    `flow` gives the talk as data, or a Notice when it cannot be held (closed, full, not invited). `finish` writes the
    record and queues messages in the same transaction; a Notice from it leaves the talk open with its answers kept.
    """

    flow: BuildFlow
    finish: Finish
