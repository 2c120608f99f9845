"""Talks on the web: one page for each step. GET shows, POST answers; every answered step is saved at once.

Nothing is kept in the page but the conversation's id and its revision; the row is the truth.
"""

from fastapi import APIRouter, Request, Response

from bot import words
from bot.conversation.flow import CHECK_ANSWERS, Surface
from bot.conversation.prompt import Notice, Prompt, Receipt, Shown
from bot.rendering.web import raw_answers, step_view
from handlers import conversations
from handlers.escalations.reading import ANSWER, Beside, beside_the_answer
from handlers.web.outcomes import ended, to_done
from handlers.web.shell import InSession, NeedsSignIn, SentForm, Visitor, context_of, render, see_other

router = APIRouter()

SOURCE = "web"
CHANGED = 409
NOT_TAKEN = 422


class _NothingTaken(Exception):
    """The answers were refused or the page was old: the unit of work is undone, so that its receipt key stays free.

    Otherwise the second of two quick presses would count as a repeat and lose the words that the first one shows again.
    """

    def __init__(self, prompt: Prompt) -> None:
        super().__init__("nothing was taken")
        self.prompt = prompt


@router.get("/talk/{talk_id}")
async def where_it_stands(request: Request, talk_id: str, visitor: InSession) -> Response:
    """Leads to the step that is open."""
    return _lead(request, talk_id, await _show(request, visitor, talk_id))


@router.get("/talk/{talk_id}/done")
async def receipt(request: Request, talk_id: str, visitor: InSession) -> Response:
    """The receipt of a finished talk, which can be bookmarked."""
    shown = await _show(request, visitor, talk_id)
    if isinstance(shown, Receipt):
        return render(request, "talk/receipt.html", receipt=shown)
    return _lead(request, talk_id, shown)


@router.get("/talk/{talk_id}/{step}")
async def show_step(request: Request, talk_id: str, step: str, visitor: InSession) -> Response:
    """One step, as it is answered so far."""
    shown = await _show(request, visitor, talk_id, step=step)
    if isinstance(shown, Prompt) and shown.step == step:
        return _page(request, shown, beside=await _beside(request, visitor, shown))
    return _lead(request, talk_id, shown)


@router.post("/talk/{talk_id}/{step}")
async def answer_step(
    request: Request,
    talk_id: str,
    step: str,
    visitor: InSession,
    form: SentForm,
) -> Response:
    """Takes the answers of one step, or stops the talk."""
    _may(visitor, talk_id)
    store = context_of(request).store
    if form.text("do") == "stop":
        async with store.transaction(intake=True) as uow:
            stopped = await conversations.stop(uow, person=visitor.person, conversation_id=talk_id)
        return to_done(request, ended(stopped))
    reply = conversations.Reply(
        conversation_id=talk_id,
        revision=form.number("revision"),
        step=step,
        surface=Surface.WEB,
        source=SOURCE,
        key=form.key,
        raw=raw_answers(form.fields),
        remove=form.text("remove") == "yes",
    )
    try:
        async with store.transaction(intake=True) as uow:
            shown = await conversations.answer(uow, person=visitor.person, reply=reply)
            if isinstance(shown, Prompt) and (shown.errors or shown.notice):
                raise _NothingTaken(shown)
            still = await uow.conversations.get(talk_id) if isinstance(shown, Notice) else None
    except _NothingTaken as refused:
        status = NOT_TAKEN if refused.prompt.errors else CHANGED
        return _page(request, refused.prompt, status=status, beside=await _beside(request, visitor, refused.prompt))
    if isinstance(shown, Notice):
        is_open = still is not None and still.status == "open"
        return to_done(request, ended(shown, go_on=f"/talk/{talk_id}" if is_open else ""))
    return _lead(request, talk_id, shown)


def _may(visitor: Visitor, talk_id: str) -> None:
    if not visitor.may_open(f"talk:{talk_id}"):
        raise NeedsSignIn


async def _show(request: Request, visitor: Visitor, talk_id: str, *, step: str | None = None) -> Shown:
    _may(visitor, talk_id)
    async with context_of(request).store.reading() as uow:
        return await conversations.show(uow, person=visitor.person, conversation_id=talk_id, step=step)


def _lead(request: Request, talk_id: str, shown: Shown) -> Response:
    if isinstance(shown, Prompt):
        return see_other(f"/talk/{talk_id}/{shown.step}")
    if isinstance(shown, Receipt):
        return see_other(f"/talk/{talk_id}/done")
    status = 404 if shown == conversations.NOT_FOUND else 200
    return render(request, "notice.html", status=status, notice=ended(shown))


async def _beside(request: Request, visitor: Visitor, prompt: Prompt) -> Beside | None:
    """What stands above the form in which somebody answers an escalation; each showing is a reading, and recorded."""
    if prompt.flow != ANSWER or prompt.checking:
        return None
    async with context_of(request).store.transaction(intake=True) as uow:
        return await beside_the_answer(
            uow, person=visitor.person, conversation_id=prompt.conversation_id, signed_in=visitor.signed_in
        )


def _page(request: Request, prompt: Prompt, *, status: int = 200, beside: Beside | None = None) -> Response:
    template = "talk/check.html" if prompt.step == CHECK_ANSWERS else "talk/step.html"
    return render(
        request,
        template,
        status=status,
        prompt=prompt,
        view=step_view(prompt),
        remove_label=words.REMOVE_FOR_ME,
        found_lead=words.FOUND_IDENTIFIERS,
        beside=beside,
    )
