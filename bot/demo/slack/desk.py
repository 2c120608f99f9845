"""What the page shows: the list of people, and one person's desk with App Home, messages and modals."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bot.demo.slack.door import AppDoor
from bot.demo.slack.person import SlackPerson
from bot.demo.slack.workspace import Workspace

STATIC = Path(__file__).parent / "static"
MESSAGES_SHOWN = 40
COMMAND = "/herald"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data: https: "
    "http://127.0.0.1:* http://localhost:*; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Page:
    """Draws the pages of one workspace and acts for the person in front of them."""

    workspace: Workspace
    door: AppDoor
    templates: Environment

    def person(self, name: str) -> SlackPerson:
        """Raises SlackRefusal for a name that nobody has."""
        return SlackPerson(self.workspace, name, door=self.door)

    def draw(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """One page with the headers of a page that trusts nothing."""
        drawn = self.templates.get_template(template).render(
            base=base_of(request), app=self.workspace.app.name, command=COMMAND, nonce=_nonce(request), **context
        )
        headers = {
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(drawn, status_code=status, headers=headers)

    def people(self, request: Request, q: str) -> Response:
        """Everybody, or those whose name, agency, job or e-mail has all the words."""
        wanted = q.casefold().split()
        found = [
            m
            for m in self.workspace.members
            if all(word in f"{m.name} {m.agency} {m.job_title} {m.email}".casefold() for word in wanted)
        ]
        return self.draw(request, "people.html", q=q, found=found)

    def desk(
        self, request: Request, person: SlackPerson, tab: str, *, everything: bool = False, **more: Any
    ) -> Response:
        """What one person sees: App Home or the messages, and the modal in front of it."""
        messages = self.workspace.messages.visible(person.member.channel, person.member.id)
        shown = messages if everything else messages[-MESSAGES_SHOWN:]
        return self.draw(
            request,
            "desk.html",
            person=person.member,
            here=f"{base_of(request)}/p/{person.member.id}",
            tab=tab,
            messages=shown,
            earlier=len(messages) - len(shown),
            home=person.home(),
            modal=person.modal(),
            notices=self.workspace.notices[person.member.id],
            version=version(person),
            **more,
        )

    def stranger(self, request: Request) -> Response:
        """The page for an address that names nobody."""
        words = "Nobody with this address is in the workspace. Choose a person from the list."
        back = f"{base_of(request)}/"
        title = "This person is not here"
        return self.draw(
            request, "away.html", status=404, title=title, words=words, back=back, back_words="See everybody"
        )


def version(person: SlackPerson) -> str:
    """A short mark that changes whenever this person's screen does."""
    messages = person.workspace.messages.visible(person.member.channel, person.member.id)
    modal, home = person.modal(), person.home()
    seen = (
        [(m.ts, m.text, m.edited, m.words) for m in messages],
        modal and (modal.id, modal.hash, tuple(modal.errors.items())),
        home and home.hash,
        person.workspace.notices[person.member.id],
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def base_of(request: Request) -> str:
    """The path under which the stand-in is mounted; empty when it stands alone."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def _nonce(request: Request) -> str:
    return str(getattr(request.state, "csp_nonce", ""))
