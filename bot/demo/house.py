"""The demo in one process: Herald as it is, with a stand-in Slack and an inbox mounted on its own site."""

import secrets
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from bot.app import Herald, build
from bot.clock import Clock, system_clock
from bot.demo.folder import DemoFolder
from bot.demo.inbox import PREFIX as INBOX
from bot.demo.inbox import Inbox, Replies, inbox_router
from bot.demo.slack import App, Member, Team, Workspace, build_stand_in
from bot.demo.welcome import welcome_router
from bot.keyring import Keyring
from bot.settings import MailSettings, Settings, SlackSettings
from storage.tables.people import Agency, Person
from storage.unit_of_work import Store

SLACK: Final = "/demo/slack"
SENDER: Final = "Northmere partnership <herald@northmere.example.org>"
DOMAIN: Final = "northmere.example.org"
TEAM: Final = Team(name="Northmere partnership", domain="northmere")


@dataclass(frozen=True)
class Plan:
    """What a demo is built from. The Slack signing secret is new in every process; `secret` stays with the data."""

    folder: DemoFolder
    base_url: str
    smtp_url: str
    secret: str
    signing_secret: str

    def settings(self, *, slack_api: str = "") -> Settings:
        """Live, because everything arrives in the demo's own inbox and its own Slack, and nowhere else."""
        return Settings(
            database_url=f"sqlite:///{self.folder.database}",
            base_url=self.base_url,
            keyring=Keyring((self.secret,)),
            mail=MailSettings(smtp_url=self.smtp_url, connections=2, sender=SENDER, domain=DOMAIN),
            slack=SlackSettings(
                App().bot_token, self.signing_secret, api_url=slack_api or f"{self.base_url}{SLACK}/api/"
            ),
            live=True,
            state_dir=self.folder.state,
            demo=True,
        )


def new_plan(folder: DemoFolder, *, base_url: str, smtp_url: str) -> Plan:
    """A plan with the secret of the folder."""
    return Plan(folder, base_url, smtp_url, folder.secret(), secrets.token_hex(16))


def build_house(plan: Plan, *, workspace: Workspace, inbox: Inbox, replies: Replies | None = None) -> Herald:
    """Herald with the demo's own pages: `/demo`, the stand-in Slack, the inbox. Nothing is served yet."""
    herald = build(plan.settings(), csrf_exempt=(f"{SLACK}/", f"{INBOX}/"))
    workspace.base_url = f"{plan.base_url}{SLACK}"
    stand_in = build_stand_in(workspace=workspace, app_url=plan.base_url, signing_secret=plan.signing_secret)
    add_demo(herald.site, stand_in, inbox, replies)
    return herald


def add_demo(site: FastAPI, stand_in: FastAPI, inbox: Inbox, replies: Replies | None = None) -> None:
    """Adds the demo's pages to Herald's site."""

    async def to_slack(_request: Request) -> Response:
        return RedirectResponse(f"{SLACK}/", status_code=307)

    site.include_router(welcome_router())
    site.include_router(inbox_router(inbox, replies))
    site.add_api_route(SLACK, to_slack, methods=["GET"], include_in_schema=False)
    site.mount(SLACK, stand_in)


def empty_workspace(clock: Clock = system_clock) -> Workspace:
    """The demo's Slack before anybody joins."""
    return Workspace((), clock=clock, team=TEAM)


async def let_members_in(workspace: Workspace, store: Store) -> None:
    """Everybody of the register who has a Slack id joins the stand-in; who has left the register is deactivated."""
    async with store.reading() as uow:
        agencies = {agency.id: agency for agency in await uow.people.agencies()}
        for person in sorted(await uow.people.everybody(), key=lambda person: person.name):
            if person.slack_id:
                workspace.add(_member(person, agencies.get(person.agency_id or "")))


def _member(person: Person, agency: Agency | None) -> Member:
    return Member(
        id=person.slack_id or "",
        name=person.name,
        email=person.email,
        agency=agency.name if agency is not None else "",
        job_title=person.job_title or "",
        deactivated=person.left_at is not None,
    )
