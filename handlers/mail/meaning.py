"""What a reply means: that depends on the message which it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot import words
from bot.conversation.flow import Surface
from bot.conversation.prompt import Notice, Prompt, Receipt
from bot.conversation.typed import Command, command_in
from bot.links import Button, Purpose
from bot.rendering.reply_buttons import CANCEL, acknowledging_word, by_reply, pressed_in
from handlers import conversations
from handlers.acts import Goes, Listing, Need, Opens, Press
from handlers.preferences import NUDGES, SERIES, leave
from handlers.registry import ACTS
from handlers.typed.hearing import hear
from handlers.typed.said import Heard, Said
from handlers.words import understand
from storage.bulletins import EDITION, TEST
from storage.tables.deliveries import Delivery, Lane
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

SOURCE: Final = "mail-said"
"""The receipts of `hear`; the mail itself has one of its own before that."""
SURVEY_KINDS: Final = frozenset({"survey.invitation", "survey.reminder"})
NEVER_BY_MAIL: Final = ("escalation.", "alert.")
"""But for taking an escalation on, by the words of its button."""
NOTHING_WRITTEN: Final = "We found nothing written in your e-mail above the message that it quotes. Write above it."
NOT_READ: Final = "What you wrote was not read and is not kept."
NOTHING_TO_STOP: Final = Notice(
    "Nothing is open here",
    (
        "There is nothing that could be stopped: nothing of yours is waiting to be sent.",
        "To receive fewer messages, choose on your own page how you are told, or use the link below a reminder.",
    ),
)
IGNORED: Final = frozenset({"mail.other-sender", "mail.mailbox"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody wrote, without quotes, in reply to one delivery; `buttons` are those of that message."""

    person: Person
    delivery: Delivery
    text: str
    key: str
    buttons: tuple[Button, ...] = ()

    @property
    def facts(self) -> Mapping[str, object]:
        """The facts of the message that was answered."""
        return self.delivery.facts


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say back, and whether it got anything further: what does not is not repeated without end."""

    heard: Heard
    got_on: bool


async def answer(uow: UnitOfWork, reply: Reply) -> Answer | None:
    """The answer to one reply, with its whole effect in this unit of work; None where nothing is to be said."""
    kind = reply.delivery.kind
    if kind in IGNORED:
        return None
    if reply.delivery.lane == Lane.ALERT or kind.startswith(NEVER_BY_MAIL):
        button = acknowledging_word(reply.text, reply.buttons)
        return Answer(Heard(_by_link(reply)), got_on=False) if button is None else await _press(uow, reply, button)
    if not reply.text:
        return Answer(await _again(uow, reply), got_on=False)
    if _is_cancel(reply.text):
        return await _cancel(uow, reply)
    if kind in (EDITION, TEST) and command_in(reply.text) is Command.STOP:
        return Answer(Heard(await _leave_series(uow, reply)), got_on=True)
    if conversation := str(reply.facts.get("conversation", "")):
        return await _in_talk(uow, reply, conversation)
    if kind in SURVEY_KINDS:
        return await _survey(uow, reply)
    if button := pressed_in(reply.text, reply.buttons):
        return await _press(uow, reply, button)
    if command_in(reply.text) is Command.STOP:
        return Answer(Heard(NOTHING_TO_STOP), got_on=False)
    return Answer(await _words(uow, reply), got_on=False)


def _by_link(reply: Reply) -> Listing:
    """Never by mail: the way on is the message's own links (decision 4)."""
    return Listing(
        "Please use the link instead", (Need("", buttons=reply.buttons),), (words.ONLY_MODAL_OR_WEB, NOT_READ)
    )


async def _again(uow: UnitOfWork, reply: Reply) -> Heard:
    """An empty reply: what was asked is asked again."""
    conversation = str(reply.facts.get("conversation", ""))
    if conversation:
        shown = await conversations.show(uow, person=reply.person, conversation_id=conversation)
        return Heard(shown, (NOTHING_WRITTEN,))
    needs = (Need("", buttons=reply.buttons),) if reply.buttons else ()
    return Heard(Listing("Your e-mail was empty", needs, (NOTHING_WRITTEN,)))


def _is_cancel(text: str) -> bool:
    return text.split("\n", 1)[0].strip(" .!").casefold() == CANCEL


async def _cancel(uow: UnitOfWork, reply: Reply) -> Answer:
    """Always about a booking (settled): the one that the message was about, or those that there are."""
    for button in by_reply(reply.buttons):
        if button.purpose is Purpose.BOOKING and button.choice == CANCEL and len(by_reply(reply.buttons)) == 1:
            return await _press(uow, reply, button)
    return Answer(Heard(_no_talk(await understand(uow, reply.person, CANCEL))), got_on=False)


async def leaves(uow: UnitOfWork, delivery: Delivery) -> str:
    """What leaving by a message means: its series for a bulletin, reminders for anything else; never an alert."""
    if delivery.lane == Lane.ALERT:
        return ""
    if delivery.kind not in (EDITION, TEST):
        return NUDGES
    bulletin = await uow.bulletins.get(delivery.about.partition(":")[2])
    return "" if bulletin is None else f"{SERIES}{bulletin.series_id}"


async def _leave_series(uow: UnitOfWork, reply: Reply) -> Notice:
    what = await leaves(uow, reply.delivery)
    if not what or not await leave(uow, person_id=reply.person.id, what=what):
        return NOTHING_TO_STOP
    return Notice(
        "You have left this series",
        ("You receive no more of these bulletins. If you change your mind, choose them again on your own page.",),
    )


async def _in_talk(uow: UnitOfWork, reply: Reply, conversation_id: str, *, begun: Prompt | None = None) -> Answer:
    """The reply answers an open talk, at the step that its message had shown."""
    revision = reply.facts.get("revision")
    said = Said(
        text=reply.text,
        surface=Surface.EMAIL,
        source=SOURCE,
        key=reply.key,
        conversation_id=conversation_id,
        revision=begun.revision if begun else (int(str(revision)) if revision is not None else None),
        step=begun.step if begun else str(reply.facts.get("step", "")),
    )
    heard = await hear(uow, person=reply.person, said=said)
    return Answer(heard, got_on=_got_on(heard, said.step))


def _got_on(heard: Heard, step: str) -> bool:
    match heard.shown:
        case Receipt():
            return True
        case Prompt() as prompt:
            return prompt.step != step and not heard.form_only
        case _:
            return False


async def _survey(uow: UnitOfWork, reply: Reply) -> Answer:
    """An invitation carries the first step in words: its reply begins the talk and answers that step."""
    subject = str(reply.facts.get("subject", ""))
    open_one = await uow.conversations.open_one(person_id=reply.person.id, flow="survey", subject=subject)
    if open_one is None and command_in(reply.text) is Command.STOP:
        return Answer(Heard(NOTHING_TO_STOP), got_on=False)
    done = await ACTS[Purpose.SURVEY].act(uow, Press(reply.person, subject, "start", reply.key))
    if not isinstance(done, Opens):
        return Answer(Heard(done if isinstance(done, Notice | Receipt) else NOTHING_TO_STOP), got_on=False)
    begun = await _begin(uow, reply, done)
    if not isinstance(begun, Prompt):
        return Answer(Heard(_by_link(reply) if _only_by_form(begun) else begun), got_on=False)
    first = begun if open_one is None else None
    if first is None:
        step = str(reply.facts.get("first_step", ""))
        begun = replace(begun, step=step or begun.step)  # begun elsewhere meanwhile; this is about its first step
    return await _in_talk(uow, reply, begun.conversation_id, begun=begun)


def _only_by_form(shown: object) -> bool:
    return isinstance(shown, Notice) and words.ONLY_MODAL_OR_WEB in shown.lines


async def _begin(uow: UnitOfWork, reply: Reply, opens: Opens) -> Prompt | Receipt | Notice:
    return await conversations.start(
        uow,
        person=reply.person,
        flow=opens.flow,
        surface=Surface.EMAIL,
        subject=opens.subject,
        answers=opens.answers,
    )


async def _press(uow: UnitOfWork, reply: Reply, button: Button) -> Answer:
    """The button that the reply named: the same act as in Slack and on the web."""
    done = await ACTS[button.purpose].act(uow, Press(reply.person, button.about, button.choice, reply.key))
    match done:
        case Opens():
            return Answer(await _go_on(uow, reply, await _begin(uow, reply, done), button, done), got_on=True)
        case Goes():
            notice = Listing("This is done on the web", (Need("", buttons=(button,)),))
            return Answer(Heard(notice), got_on=False)
        case Receipt() | Notice():
            return Answer(Heard(done), got_on=True)


async def _go_on(
    uow: UnitOfWork, reply: Reply, begun: Prompt | Receipt | Notice, button: Button, opens: Opens
) -> Heard:
    """What the press has answered already is not asked again."""
    if not isinstance(begun, Prompt) or not opens.answers:
        return Heard(begun)
    asked = {field.question.key for field in begun.fields}
    if not asked <= opens.answers.keys():
        return Heard(begun)
    said = Said(Command.KEEP, Surface.EMAIL, SOURCE, f"{reply.key}:kept", begun.conversation_id, begun.revision)
    heard = await hear(uow, person=reply.person, said=said)
    return replace(heard, first=(f"Recorded: {button.label}.", *heard.first))


async def _words(uow: UnitOfWork, reply: Reply) -> Heard:
    """Words to Herald: a talk begins by e-mail where its flow allows it."""
    said = Said(reply.text, Surface.EMAIL, SOURCE, reply.key)
    return await hear(uow, person=reply.person, said=said)


def _no_talk(answer: Opens | Listing | Notice) -> Listing | Notice:
    return NOTHING_TO_STOP if isinstance(answer, Opens) else answer
