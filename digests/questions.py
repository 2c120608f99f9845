"""Questions of a typed talk: the words are made from the talk when the message leaves, so no answer is in the outbox.

An e-mail holds a whole step, whatever the facts name; a direct message the one question that is asked. A talk that has
moved on meanwhile is shown as it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.conversation.prompt import Prompt, Receipt, Shown
from bot.conversation.typed import question_in_words, step_in_words
from bot.links import Button, Purpose
from bot.rendering.mime import wire_bytes
from bot.rendering.note import Note
from digests.bulk import BulkMail, BulkWriter, Held
from digests.compose import Addressee, Desk, SlackMessage, Stamp, compose_mail, compose_slack, in_thread
from digests.messages.talk import buttons_of, in_words
from handlers import conversations
from handlers.typed.telling import QUESTION
from storage.tables.deliveries import Channel, Delivery, DeliveryState
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

OPEN_FORM: Final = "Open the form"
GONE: Final = "nobody is there to be asked"
WAYS: Final = "You can try again, open the form with the button, or write stop."


class QuestionWriter:
    """Writes `talk.question` for both channels (`digests/bulk.py`)."""

    def __init__(self) -> None:
        self._notes: dict[int, Note] = {}

    async def prepare(
        self,
        uow: UnitOfWork,
        rows: Sequence[Delivery],
        people: Mapping[int, Person],
        *,
        desk: Desk,  # noqa: ARG002 - the protocol's
    ) -> Mapping[int, Held]:
        """Looks where each talk stands now."""
        held: dict[int, Held] = {}
        for row in rows:
            person = people.get(row.person_id) if row.person_id is not None else None
            if person is None:
                held[row.id] = Held(DeliveryState.CANCELLED, GONE)
                continue
            shown = await conversations.show(uow, person=person, conversation_id=str(row.facts["conversation"]))
            self._notes[row.id] = in_thread(_note(shown, row), row.facts)
        return held

    def mail(self, row: Delivery, to: Addressee, *, desk: Desk, stamp: Stamp) -> BulkMail:
        """The whole step, to be answered in one reply."""
        mail = compose_mail(self._notes.pop(row.id), to=to, desk=desk, stamp=stamp)
        return BulkMail(wire_bytes(mail.letter), mail.envelope_from)

    def slack(self, row: Delivery, to: Addressee, *, desk: Desk) -> SlackMessage:
        """The question that is asked."""
        return compose_slack(self._notes.pop(row.id), to=to, desk=desk)


def _note(shown: Shown, row: Delivery) -> Note:
    facts = row.facts
    first = [str(line) for line in facts.get("first", ())]
    if not isinstance(shown, Prompt):
        reference = (f"Your reference: {shown.reference}",) if isinstance(shown, Receipt) and shown.reference else ()
        return Note(subject=shown.title, paragraphs=(*first, *reference, *shown.lines))
    aside: Mapping[str, Any] = facts.get("aside") or {}
    needs = tuple(aside.get("needs", ()))
    return Note(
        subject=shown.title,
        paragraphs=(*first, *_aside(aside), *_words(_with_errors(shown, facts), row)),
        buttons=(*buttons_of(needs), Button(OPEN_FORM, Purpose.TALK, shown.conversation_id)),
        after=(WAYS,) if facts.get("ways") else (),
        greet=False,
        answerable=True,
    )


def _words(prompt: Prompt, row: Delivery) -> tuple[str, ...]:
    asked = next((field for field in prompt.fields if field.question.key == row.facts.get("question")), None)
    if row.channel == Channel.EMAIL or asked is None:
        return step_in_words(prompt)
    return question_in_words(asked)


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
