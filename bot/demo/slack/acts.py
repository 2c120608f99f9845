"""One press on the page: keep what the form holds, then let the person do what the button says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.demo.slack import drawing, state
from bot.demo.slack.desk import Page, base_of
from bot.demo.slack.person import Place, SlackPerson
from bot.demo.slack.seen import Part, parts_of
from bot.rendering.slack_mrkdwn import SAFE_SCHEMES


async def act(page: Page, request: Request, person: SlackPerson) -> Response:
    """One press in a message, App Home or modal: keep what the form holds, then do what the button says."""
    form = await request.form()
    tab = "home" if form.get("tab") == "home" else "messages"
    place = _place(person, str(form.get("place", "")))
    back = RedirectResponse(f"{base_of(request)}/p/{person.member.id}/{tab}#latest", status_code=303)
    if place is None:
        person.workspace.notices[person.member.id][:] = ["That has changed in the meantime. Here is how it looks now."]
        return back
    place = _keep(person, place, form)
    verb, _, name = str(form.get("do", "")).partition(" ")
    if verb == "submit":
        await person.submit()
    elif verb == "close":
        await person.close()
    part = next((part for part in parts_of(place.blocks) if drawing.part_name(part) == name), None)
    if part is None or verb not in ("press", "choose"):
        return back
    if part.element.get("confirm") and not form.get("confirmed"):
        asked = {"dialog": part.element["confirm"], "place": form["place"], "do": form["do"]}
        return page.desk(request, person, tab, confirm=asked)
    await person.act(place, part, _chosen(place, part, form))
    return _follow(page, request, part) if part.element.get("url") else back


def _keep(person: SlackPerson, place: Place, form: FormData) -> Place:
    for part in parts_of(place.blocks):
        given = [str(value) for value in form.getlist(f"part {drawing.part_name(part)}")]
        if given and part.element["type"] in state.STATEFUL:
            try:
                place = person.remember(place, part, state.picked(part.element, given))
            except LookupError:
                continue  # an old page offered a choice that has gone; what was chosen before stays
    return place


def _chosen(place: Place, part: Part, form: FormData) -> dict[str, Any]:
    if part.element["type"] == "button":
        return {}
    if part.element["type"] == "overflow":
        given = [str(value) for value in form.getlist(f"part {drawing.part_name(part)}")]
        return state.picked(part.element, given)
    return place.typed.get(part.key) or state.initial(part.element)


def _place(person: SlackPerson, name: str) -> Place | None:
    modal, home = person.modal(), person.home()
    if modal is not None:
        return modal if modal.id == name else None
    if home is not None and home.id == name:
        return home
    visible = person.workspace.messages.visible(person.member.channel, person.member.id)
    return next((message for message in visible if message.ts == name), None)


def _follow(page: Page, request: Request, part: Part) -> Response:
    """Where a button with an address leads: at once within this site, by one more press elsewhere."""
    address = str(part.element["url"])
    if urlsplit(address)[:2] == (request.url.scheme, request.url.netloc):
        return RedirectResponse(address, status_code=303)
    if not address.lower().startswith(SAFE_SCHEMES):
        address = ""
    words = "The button leads to a page outside of the stand-in."
    back = f"{base_of(request)}/"
    return page.draw(
        request, "away.html", title="Open the page", words=words, address=address, back=back, back_words="Back"
    )
