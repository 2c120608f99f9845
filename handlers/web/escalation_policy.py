"""The page of the escalation policy: its stages in plain words, who approved it, and which versions still run."""

from fastapi import APIRouter, Request, Response

from handlers.policies import known_policies
from handlers.web.shell import SignedIn, context_of, render

router = APIRouter()


@router.get("/escalate/stages")
async def stages(request: Request, _person: SignedIn) -> Response:
    """Who is asked at which stage and how long they have: for everybody who may raise something or be asked."""
    async with context_of(request).store.reading() as uow:
        found = await known_policies(uow)
    return render(request, "escalations/policy.html", known=found)
