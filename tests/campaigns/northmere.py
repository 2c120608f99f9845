"""Northmere in full use: who is there, what there is to answer, to book and to read."""

from dataclasses import dataclass
from datetime import timedelta

from bot.demo.slack import Member, Workspace
from bot.keyring import Keyring
from handlers.bulletins.releasing import approve, schedule
from handlers.files import apply_file
from handlers.surveys.opening import open_survey
from storage.deliveries import Message, SendingPolicy
from storage.tables.people import Person
from storage.unit_of_work import Store, UnitOfWork
from tests.factories import PARTNERSHIP, a_person

SECRET = "a secret of the kill campaign which is long enough"
ANSWERING, BOOKING, PLEDGING, RAISING, TYPING, WRITING, READERS = 10, 8, 2, 3, 3, 3, 300
SEATS = 3
SURVEY = """herald_survey: 1
id: views-{number}
version: 1
title: Views {number}
purpose: To learn what helps in winter.
owner: coordinator
audience: {{roles: [practitioner], champion: [active]}}
schedule: {{closes: {closes}}}
privacy:
  mode: named
  retention_days: {{replies: 365, invitations: 30, drafts: 14}}
pages:
  - id: p1
    questions:
      - id: useful
        type: scale
        text: How useful are the briefings?
        required: true
        points: [{{value: 1, label: Not at all}}, {{value: 2, label: A little}}, {{value: 3, label: Very}}]
  - id: p2
    questions:
      - id: why
        type: text_long
        text: What would make them more useful?
        max_length: 500
end: {{text: Thank you.}}
loop: {{owner: coordinator, due_days: 28}}
"""
SESSION = "  - {{id: {id}, title: {title}, kind: briefing, starts: {day}T12:30, ends: {day}T13:30, place: Online, capacity: {seats}}}\n"
EDITION = """---
herald_bulletin: 1
id: edition-{number}
series: main
title: Edition {number}
audience: {{series: main}}
author: ada@example.org
---
# What works well

Ring the other agency before you write to them.
"""


@dataclass
class Northmere:
    """The invented partnership on one database, prepared from outside while Herald does not run."""

    url: str
    workspace: Workspace
    surveys: int = 0
    editions: int = 0

    def store(self, *, ahead: timedelta = timedelta(0)) -> Store:
        """The same database, perhaps with a clock that goes ahead."""
        clock = self.workspace.clock
        sending = SendingPolicy(live=True, slack=True)
        return Store(self.url, clock=lambda: clock() + ahead, keyring=Keyring((SECRET,)), sending=sending)

    async def settle_in(self, *, readers: int = READERS) -> None:
        """Loads the partnership, its people and two sessions with few seats."""
        store = self.store()
        async with store.transaction() as uow:
            await apply_file(uow, name="partnership.yaml", text=PARTNERSHIP)
            await a_person(uow, "Ada", roles=["coordinator"], agency_id="northmere-council")
            await a_person(uow, "Priya", roles=["publisher"], agency_id="northmere-council")
            await a_person(uow, "Lea", roles=["escalation-lead"], agency_id="northmere-police")
        async with store.transaction() as uow:
            for number in range(ANSWERING):
                await self._on_slack(uow, f"Answering {number}", champion="active", agency_id="northmere-health")
            for number in range(RAISING):
                await self._on_slack(uow, f"Raising {number}", agency_id="northmere-health")
            for number in range(TYPING):
                await self._on_slack(uow, f"Typing {number}", agency_id="northmere-health")
            for number in range(WRITING):
                writer = await a_person(uow, f"Writing {number}", agency_id="northmere-health")
                await uow.deliveries.tell(writer, Message("people.stranger", f"first letter to {number}"))
            await self._on_slack(uow, "May", roles=["manager"], agency_id="northmere-council")
            for number in range(BOOKING):
                await a_person(uow, f"Booking {number}", agency_id="northmere-health")
            for number in range(PLEDGING):
                await a_person(uow, f"Pledging {number}", agency_id="northmere-health")
            for number in range(readers):
                reader = await a_person(uow, f"Reader {number}", agency_id="hilltop-school")
                uow.people.enrol(person_id=reader.id, series_id="main")
            day = (uow.now + timedelta(days=40)).date()
            rows = [
                SESSION.format(id=f"session-{n}", title=f"Session {n}", day=day + timedelta(days=n), seats=SEATS)
                for n in (1, 2)
            ]
            await apply_file(uow, name="briefings.yaml", text=f"herald_briefings: 1\nbriefings:\n{''.join(rows)}")
        await store.close()

    async def refill(self) -> None:
        """Another survey to answer and another edition to send."""
        store = self.store()
        async with store.transaction() as uow:
            self.surveys += 1
            closes = (uow.now + timedelta(days=60)).strftime("%Y-%m-%dT17:00")
            await apply_file(uow, name="survey.yaml", text=SURVEY.format(number=self.surveys, closes=closes))
            await open_survey(uow, survey_id=f"views-{self.surveys}")
            self.editions += 1
            ada = await uow.people.by_email("ada@example.org")
            priya = await uow.people.by_email("priya@example.org")
            assert ada is not None
            assert priya is not None
            await apply_file(uow, name="edition.md", text=EDITION.format(number=self.editions), by=ada)
            await approve(uow, bulletin_id=f"edition-{self.editions}", by=priya)
            await schedule(uow, bulletin_id=f"edition-{self.editions}", by=priya)
        await store.close()

    async def cookie(self, email: str) -> str:
        """A browser session of somebody who has signed in."""
        store = self.store()
        async with store.transaction() as uow:
            person = await uow.people.by_email(email)
            assert person is not None
            token = uow.signins.new_session(person_id=person.id, signed_in=True)
        await store.close()
        return token

    async def _on_slack(self, uow: UnitOfWork, name: str, **given: object) -> Person:
        slack_id = f"U{name.upper().replace(' ', '')}"
        person = await a_person(uow, name, slack_id=slack_id, **given)
        self.workspace.add(Member(slack_id, name, person.email))
        return person
