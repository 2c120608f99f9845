"""Questions of a typed talk: the words are made from the talk when the message leaves, so no answer is in the outbox.

An e-mail holds a whole step, whatever the facts name, and shows a talk that has moved on meanwhile as it stands. A
direct message holds the one question that is asked; of a talk that has moved on, a later message asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from bot import words
from bot.conversation.prompt import Prompt, Receipt, Shown
from bot.conversation.typed import step_in_words
from bot.links import Button, Purpose
from bot.rendering.mime import Pieces, wire_bytes
from bot.rendering.note import Note
from bot.rendering.slack_blocks import act_buttons, paragraphs
from bot.rendering.slack_question import question_message
from digests.bulk import BulkMail, BulkWriter, Held
from digests.compose import Addressee, Desk, SlackMessage, Stamp, compose_mail, in_thread, links_for
from digests.messages.talk import buttons_of, in_words
from handlers import conversations
from handlers.typed.telling import QUESTION
from storage.claims import Claimed
from storage.people import Recipient
from storage.tables.deliveries import Channel, DeliveryState
from storage.unit_of_work import UnitOfWork

OPEN_FORM: Final = "Open the form"
MOVED_ON: Final = "the talk has moved on, and a later message asks"
GONE: Final = "nobody is there to be asked"
MOST_READY: Final = 1000
"""More than all lines together claim at a time; a row that is prepared and never written leaves no answers behind."""
Ready = TypeVar("Ready")
WAYS: Final = "You can try again, open the form with the button, or write stop."


class QuestionWriter:
    """Writes `talk.question` for both channels (`digests/bulk.py`)."""

    def __init__(self) -> None:
        self._notes: dict[int, Note] = {}
        self._prompts: dict[int, Prompt] = {}

    async def prepare(
        self,
        uow: UnitOfWork,
        rows: Sequence[Claimed],
        people: Mapping[int, Recipient],  # noqa: ARG002 - the protocol's
        *,
        desk: Desk,  # noqa: ARG002 - the protocol's
    ) -> Mapping[int, Held]:
        """Looks where each talk stands now."""
        held: dict[int, Held] = {}
        whose = await uow.people.by_ids(row.person_id for row in rows if row.person_id is not None)
        for row in rows:
            person = whose.get(row.person_id or 0)
            if person is None:
                held[row.id] = Held(DeliveryState.CANCELLED, GONE)
                continue
            shown = await conversations.show(uow, person=person, conversation_id=str(row.facts["conversation"]))
            if row.channel == Channel.EMAIL:
                _keep(self._notes, row.id, in_thread(_note(shown, row), row.facts))
            elif isinstance(shown, Prompt) and shown.revision == row.facts["revision"]:
                _keep(self._prompts, row.id, _with_errors(shown, row.facts))
            else:
                held[row.id] = Held(DeliveryState.SUPERSEDED, MOVED_ON)
        return held

    def mail(self, row: Claimed, to: Addressee, *, desk: Desk, stamp: Stamp) -> BulkMail:
        """The whole step, to be answered in one reply."""
        mail = compose_mail(self._notes.pop(row.id), to=to, desk=desk, stamp=stamp)
        return BulkMail(Pieces((wire_bytes(mail.letter),)), mail.envelope_from)

    def slack(self, row: Claimed, to: Addressee, *, desk: Desk) -> SlackMessage:
        """The question that is asked."""
        facts, aside = row.facts, row.facts.get("aside") or {}
        said = paragraphs(_aside(aside)) + act_buttons(list(buttons_of(tuple(aside.get("needs", ())))))
        practice = () if desk.live else (words.PRACTICE,)
        prompt = self._prompts.pop(row.id)
        text, blocks = question_message(
            prompt,
            str(facts.get("question") or ""),
            link=links_for(to, desk=desk)(Button(OPEN_FORM, Purpose.TALK, prompt.conversation_id)),
            first=(*practice, *(str(line) for line in facts.get("first", ()))),
            aside=said,
            again=bool(facts.get("again")),
            ways=bool(facts.get("ways")),
        )
        return SlackMessage(text, tuple(dict(block) for block in blocks))


def _keep(ready: dict[int, Ready], row_id: int, what: Ready) -> None:
    """Holds what was prepared until it is written; what no longer can be under way is forgotten, the oldest first."""
    ready[row_id] = what
    while len(ready) > MOST_READY:
        ready.pop(next(iter(ready)))


def _note(shown: Shown, row: Claimed) -> Note:
    facts = row.facts
    first = [str(line) for line in facts.get("first", ())]
    if not isinstance(shown, Prompt):
        reference = (f"Your reference: {shown.reference}",) if isinstance(shown, Receipt) and shown.reference else ()
        return Note(subject=shown.title, paragraphs=(*first, *reference, *shown.lines))
    aside: Mapping[str, Any] = facts.get("aside") or {}
    needs = tuple(aside.get("needs", ()))
    return Note(
        subject=shown.title,
        paragraphs=(*_aside(aside), *first, *step_in_words(_with_errors(shown, facts))),
        buttons=(*buttons_of(needs), Button(OPEN_FORM, Purpose.TALK, shown.conversation_id)),
        after=(WAYS,) if facts.get("ways") else (),
        greet=False,
        answerable=True,
    )


def _aside(aside: Mapping[str, Any]) -> tuple[str, ...]:
    if not aside:
        return ()
    needs = (in_words(need) for need in aside.get("needs", ()))
    return (str(aside["title"]), *(str(line) for line in aside.get("lines", ())), *needs)


def _with_errors(prompt: Prompt, facts: Mapping[str, Any]) -> Prompt:
    """The step with the words beside its questions, as long as it is the step that they are about."""
    errors = facts.get("errors") or {}
    if not errors or facts.get("step") != prompt.step:
        return prompt
    fields = (replace(each, error=str(errors.get(each.question.key, "")).rstrip(".")) for each in prompt.fields)
    return replace(prompt, fields=tuple(fields))


WRITERS: Final[dict[str, BulkWriter]] = {QUESTION: QuestionWriter()}
