"""Invented people and an invented partnership for tests."""

from typing import Any

from handlers.partnership import partnership_of
from handlers.policies import facts_of
from storage.tables.people import Agency, Person
from storage.unit_of_work import UnitOfWork

PARTNERSHIP = """\
herald_partnership: 1
name: Northmere Safeguarding Children Partnership
short_name: Northmere
areas: [Northmere]
timezone: Europe/London
holidays: {country: GB, subdivision: ENG, closures: []}
office_hours: {from: "09:00", to: "17:00"}
front_door: {name: Northmere MASH, phone: "01632 960001", out_of_hours: "01632 960002"}
sectors: [police, health, children's services, schools, early years, voluntary sector]
agencies:
  - {id: northmere-police, name: Northmere Police, sector: police, role_mailbox: safeguarding@police.example.org}
  - {id: northmere-health, name: Northmere Community Health, sector: health, role_mailbox: safeguarding@health.example.org}
  - {id: northmere-council, name: Northmere Council, sector: children's services, role_mailbox: duty@council.example.org}
  - {id: hilltop-school, name: Hilltop School, sector: schools}
series:
  - {id: main, title: Northmere e-bulletin, cadence: monthly, from_name: Northmere partnership}
escalation_policy:
  version: 2026-1
  approved_by: Partnership Executive
  approved_on: 2026-09-01
  stages:
    - {id: practitioners, label: Practitioner to practitioner, who: practitioner, acknowledge: 4h, respond: 1d, urgent: 4h}
    - {id: managers, label: Line managers, who: manager, acknowledge: 4h, respond: 2d, urgent: 4h}
    - {id: executive, label: Partnership executive, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h, final: true}
priorities:
  - {id: p1, title: Young people who go missing, lead: northmere-police, starts: 2026-10-01, success_measures: [Fewer repeat missing episodes], scoping_months: 1}
"""


async def a_partnership(uow: UnitOfWork) -> None:
    """Applies the invented partnership of Northmere with its four agencies and its escalation policy."""
    await uow.partnership.save(PARTNERSHIP)
    policy = (await partnership_of(uow)).escalation_policy
    assert policy is not None
    await uow.partnership.save_policy(version=policy.version, document=facts_of(policy))
    await uow.partnership.save_agencies(
        [
            Agency(
                id="northmere-police",
                name="Northmere Police",
                sector="police",
                role_mailbox="safeguarding@police.example.org",
            ),
            Agency(
                id="northmere-health",
                name="Northmere Community Health",
                sector="health",
                role_mailbox="safeguarding@health.example.org",
            ),
            Agency(
                id="northmere-council",
                name="Northmere Council",
                sector="children's services",
                role_mailbox="duty@council.example.org",
            ),
            Agency(id="hilltop-school", name="Hilltop School", sector="schools", role_mailbox=None),
        ]
    )


async def a_person(uow: UnitOfWork, name: str = "Ada", **given: Any) -> Person:
    """Puts an invented person into the register: `a_person(uow, "Ben", roles=["manager"], slack_id="U2")`."""
    values: dict[str, Any] = {
        "email": f"{name.casefold().replace(' ', '.')}@example.org",
        "name": name,
        "agency_id": None,
        "sector": None,
        "area": "Northmere",
        "job_title": None,
        "level": None,
        "roles": ["practitioner"],
        "manager_email": None,
        "deputy_email": None,
        "champion": "no",
        "slack_id": None,
        "created_at": uow.now,
        "updated_at": uow.now,
    }
    person = Person(**{**values, **given})
    uow.people.add(person)
    await uow.people.flush()
    return person
