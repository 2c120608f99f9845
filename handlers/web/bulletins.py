"""The public archive: editions as they went out, without anybody's name or links in them. May be kept by caches."""

import hashlib
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from bot.rendering.bulletin import archive_fragment
from bot.rules.edition_states import RELEASED
from handlers.bulletins.loading import edition_of
from handlers.partnership import NotSetUp, partnership_of
from handlers.web.shell import context_of, render
from handlers.web.visitors import Frame, load_frame

router = APIRouter()

PAGE_LASTS = "public, max-age=300"
PICTURE_LASTS = "public, max-age=31536000, immutable"


@router.get("/bulletins")
async def archive(request: Request) -> Response:
    """Every edition that went out, by series, the latest first."""
    async with context_of(request).store.reading() as uow:
        released = await uow.bulletins.released()
        try:
            titles = {series.id: series.title for series in (await partnership_of(uow)).series}
        except NotSetUp:
            titles = {}
    groups: dict[str, list[object]] = {}
    for row in released:
        groups.setdefault(titles.get(row.series_id, row.series_id), []).append(row)
    return await _public(request, "bulletins/archive.html", groups=groups)


@router.get("/bulletins/{bulletin_id}")
async def one(request: Request, bulletin_id: str) -> Response:
    """One edition, for everybody."""
    async with context_of(request).store.reading() as uow:
        row = await uow.bulletins.get(bulletin_id)
        if row is None or row.state not in RELEASED:
            raise HTTPException(404)
        edition = await edition_of(uow, row, base_url="")
    return await _public(
        request,
        "bulletins/edition.html",
        edition=edition,
        began_at=row.began_at,
        stories=archive_fragment(edition),
    )


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
    mark = f'"{hashlib.sha256(bytes(page.body)).hexdigest()[:32]}"'
    headers = {"cache-control": PAGE_LASTS, "etag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    page.headers.update(headers)
    return page
