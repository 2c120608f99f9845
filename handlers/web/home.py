"""The front page, what needs me, and my preferences."""

from datetime import date

from fastapi import APIRouter, Request, Response

from bot.links import LinkExpired, LinkRefused, Purpose, read_link
from handlers.my import mine_of, needs_of
from handlers.partnership import partnership_of
from handlers.people_present import today_of
from handlers.preferences import NUDGES, SERIES, Chosen, leave, save_preferences, series_of
from handlers.web.shell import MaybeVisitor, SentForm, SignedIn, context_of, render, see_other
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

router = APIRouter()


@router.get("/")
async def front(request: Request, before: MaybeVisitor) -> Response:
    """What Herald is, and the way in."""
    if before is not None and before.signed_in:
        return see_other("/me")
    return render(request, "home/front.html")


@router.get("/me")
async def me(request: Request, person: SignedIn) -> Response:
    """What needs me, the urgent first, and what is mine."""
    async with context_of(request).store.reading() as uow:
        needs = await needs_of(uow, person)
        mine = await mine_of(uow, person)
        away = await _away(uow, person)
    return render(request, "home/me.html", needs=needs, mine=mine, away=away)


@router.get("/preferences")
async def preferences(request: Request, person: SignedIn, saved: str = "") -> Response:
    """How I am told, and what I receive."""
    async with context_of(request).store.reading() as uow:
        partnership = await partnership_of(uow)
        has = await series_of(uow, person)
    return render(
        request,
        "home/preferences.html",
        mine=person,
        series=[(series.id, series.title, series.cadence) for series in partnership.series],
        has=has,
        saved=bool(saved),
    )


@router.post("/preferences")
async def save(request: Request, person: SignedIn, form: SentForm) -> Response:
    """Keeps what I chose."""
    chosen = Chosen(form.text("prefers"), form.text("nudges") != "no", frozenset(form.all("series")))
    async with context_of(request).store.transaction(intake=True) as uow:
        if await uow.conversations.first_time("web", form.key):
            await save_preferences(uow, person_id=person.id, chosen=chosen)
    return see_other("/preferences?saved=1")


@router.get("/unsubscribe/{token}")
async def unsubscribe_page(request: Request, token: str) -> Response:
    """What pressing will leave. Changes nothing."""
    found = _leaving(request, token)
    if found is None:
        return render(request, "link/refused.html", status=404)
    return render(request, "home/unsubscribe.html", token=token, what=await _named(request, found[1]))


@router.post("/unsubscribe/{token}")
async def unsubscribe(request: Request, token: str) -> Response:
    """Leaves at one press, without cookie or form: the token alone proves it (RFC 8058)."""
    found = _leaving(request, token)
    if found is None:
        return render(request, "link/refused.html", status=404)
    person_id, what = found
    async with context_of(request).store.transaction(intake=True) as uow:
        left = await leave(uow, person_id=person_id, what=what)
    if not left:
        return render(request, "link/refused.html", status=404)
    return render(request, "home/unsubscribed.html", what=await _named(request, what))


def _leaving(request: Request, token: str) -> tuple[int, str] | None:
    """Whose link this is and what it leaves. Leaving works at any time, so neither age nor a revoked link stops it."""
    context = context_of(request)
    try:
        link = read_link(token, keyring=context.keyring, now=context.store.clock())
    except LinkExpired as expired:
        link = expired.link
    except LinkRefused:
        return None
    known = link.about == NUDGES or link.about.startswith(SERIES)
    return (link.person_id, link.about) if link.purpose is Purpose.UNSUBSCRIBE and known else None


async def _named(request: Request, what: str) -> str:
    """What is left, in words."""
    if what == NUDGES:
        return "reminders by e-mail"
    async with context_of(request).store.reading() as uow:
        partnership = await partnership_of(uow)
    titles = {series.id: series.title for series in partnership.series}
    return titles.get(what.removeprefix(SERIES), "this bulletin")


async def _away(uow: UnitOfWork, person: Person) -> tuple[date, str] | None:
    """Until when somebody is away and who stands in; None when they are here."""
    if person.away_until is None or person.away_until < await today_of(uow):
        return None
    deputy = await uow.people.by_email(person.deputy_email) if person.deputy_email else None
    return person.away_until, deputy.name if deputy else ""
