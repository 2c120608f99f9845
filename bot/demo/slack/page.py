"""The page: Slack in the browser for the demo. Plain forms; a small script only looks whether something is new.

GET shows, POST acts: every POST does one thing through `SlackPerson` and answers 303 to the tab.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse

from bot.demo.slack import drawing
from bot.demo.slack.acts import act
from bot.demo.slack.desk import STATIC, Page, base_of, version
from bot.demo.slack.door import AppDoor
from bot.demo.slack.person import SlackPerson
from bot.demo.slack.records import SlackRefusal
from bot.demo.slack.workspace import Workspace


def add_page(app: FastAPI, workspace: Workspace, door: AppDoor) -> None:
    """Adds the page's routes to the stand-in's application."""
    page = Page(workspace, door, drawing.environment(workspace))
    app.include_router(_routes(page))

    @app.exception_handler(SlackRefusal)
    async def nobody(request: Request, _refused: Exception) -> Response:
        return page.stranger(request)


def same_site(request: Request) -> None:
    """Another site's page may not press buttons here (browsers say where a request comes from)."""
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if request.method == "POST" and elsewhere:
        raise HTTPException(403, "Please use the buttons on this site's own pages.")


def _routes(page: Page) -> APIRouter:
    router = APIRouter(include_in_schema=False, dependencies=[Depends(same_site)])

    @router.get("/")
    async def people(request: Request, q: str = "") -> Response:
        return page.people(request, q[:100])

    @router.get("/p/{member}/home")
    async def home(request: Request, member: str) -> Response:
        return page.desk(request, page.person(member), "home")

    @router.get("/p/{member}/messages")
    async def messages(request: Request, member: str, all: str = "") -> Response:
        return page.desk(request, page.person(member), "messages", everything=bool(all))

    @router.get("/p/{member}/version")
    async def newest(member: str) -> Response:
        return JSONResponse({"version": version(page.person(member))}, headers={"Cache-Control": "no-store"})

    @router.post("/p/{member}/open")
    async def open_tab(request: Request, member: str) -> Response:
        person = page.person(member)
        if (await request.form()).get("tab") == "home":
            await person.open_home()
            return _see(request, person, "home")
        await person.open_messages()
        return _see(request, person, "messages#latest")

    @router.post("/p/{member}/say")
    async def say(request: Request, member: str) -> Response:
        person = page.person(member)
        text = str((await request.form()).get("text", "")).strip()[:3000]
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            await person.command(name, rest.strip())
        elif text:
            await person.say(text)
        return _see(request, person, "messages#latest")

    @router.post("/p/{member}/act")
    async def press(request: Request, member: str) -> Response:
        return await act(page, request, page.person(member))

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in {"stand-in.css", "stand-in.js"}:
            return Response(status_code=404)
        return FileResponse(STATIC / name)

    return router


def _see(request: Request, person: SlackPerson, tab: str) -> Response:
    return RedirectResponse(f"{base_of(request)}/p/{person.member.id}/{tab}", status_code=303)
