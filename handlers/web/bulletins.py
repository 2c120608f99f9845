"""The public archive: editions as they went out, without anybody's name or links in them. May be kept by caches."""

import hashlib
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from bot.rendering.bulletin.feed import FeedEntry, atom_feed
from bot.rules.full_text import LONGEST_QUERY
from bot.rules.storable import one_line
from handlers.bulletins.searching import in_feed, listed, opened, searched
from handlers.web.shell import context_of, render
from handlers.web.visitors import Frame, load_frame

router = APIRouter()

PAGE_LASTS = "public, max-age=300"
PICTURE_LASTS = "public, max-age=31536000, immutable"
ATOM = "application/atom+xml"


@router.get("/bulletins")
async def archive(request: Request, q: str = "") -> Response:
    """Every edition that went out, by series and year, the latest first; or those that hold the words of `q`."""
    query = one_line(q)[:LONGEST_QUERY]
    async with context_of(request).store.reading() as uow:
        if query:
            hits = await searched(uow, query)
            return await _public(request, "bulletins/search.html", query=query, hits=hits)
        return await _public(request, "bulletins/archive.html", years=await listed(uow))


@router.get("/bulletins/feed/{series_id}")
async def feed(request: Request, series_id: str) -> Response:
    """The latest editions of a series, for programs that read news."""
    async with context_of(request).store.reading() as uow:
        found = await in_feed(uow, series_id)
    if found is None:
        raise HTTPException(404)
    entries = [FeedEntry(f"/bulletins/{one.id}", one.title, one.began_at, stories) for one, stories in found.editions]
    base_url, path = context_of(request).settings.base_url, f"/bulletins/feed/{series_id}"
    made = atom_feed(entries, title=found.series, author=found.sender, path=path, base_url=base_url)
    return _kept_by_caches(request, Response(made, media_type=ATOM))


@router.get("/bulletins/{bulletin_id}")
async def one(request: Request, bulletin_id: str) -> Response:
    """One edition, for everybody, as it went out."""
    async with context_of(request).store.reading() as uow:
        found = await opened(uow, bulletin_id)
    if found is None:
        raise HTTPException(404)
    stories = Markup(found.edition.html)  # noqa: S704 - our own, made with autoescape when it was kept
    return await _public(request, "bulletins/edition.html", found=found, edition=found.edition, stories=stories)


@router.get("/bulletins/{bulletin_id}/images/{served_as}")
async def picture(request: Request, bulletin_id: str, served_as: str) -> Response:
    """A picture, for mailboxes anywhere; its name never changes what it shows and says nothing about who looks.

    It is there before the release too, for previews and tests: nobody can guess the name.
    """
    async with context_of(request).store.reading() as uow:
        image = await uow.bulletins.image(bulletin_id, served_as=served_as)
    if image is None:
        raise HTTPException(404)
    headers = {
        "cache-control": PICTURE_LASTS,
        "cross-origin-resource-policy": "cross-origin",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(image.content, media_type=image.media_type, headers=headers)


async def _public(request: Request, template: str, **context: Any) -> Response:
    """A page that is the same for everybody: no cookie set, nobody greeted, so that any cache may keep it."""
    frame = await load_frame(request)
    request.state.frame = Frame(None, frame.partnership)
    page = render(request, template, **context)
    if "set-cookie" in page.headers:
        del page.headers["set-cookie"]
    return _kept_by_caches(request, page)


def _kept_by_caches(request: Request, page: Response) -> Response:
    mark = f'"{hashlib.sha256(bytes(page.body)).hexdigest()[:32]}"'
    headers = {"cache-control": PAGE_LASTS, "etag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    page.headers.update(headers)
    return page
