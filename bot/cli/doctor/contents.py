"""What `herald doctor` sees in the database: partnership, people, policy, holidays, backups."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.cli.doctor.check import Check
from bot.rules.calendar import WorkingCalendar
from handlers.partnership import NotSetUp, calendar_of, partnership_of
from handlers.policies import policy_from_facts
from handlers.reachability import agencies_without_anybody
from storage.switches import LAST_BACKUP
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

OLD_DAYS = 7


async def contents(uow: UnitOfWork) -> list[Check]:
    """The partnership, its people and policy, and what the coming year needs."""
    try:
        partnership = await partnership_of(uow)
    except NotSetUp:
        return [Check("partnership", False, "no file has been applied", "Run: herald apply partnership.yaml")]
    people = await uow.people.present()
    admins = sum("admin" in person.roles for person in people)
    publishers = sum("publisher" in person.roles for person in people)
    leads = sum("escalation-lead" in person.roles for person in people)
    alone = [person.email for person in people if not _has_somebody(person, people)]
    empty = [agency.id for agency in agencies_without_anybody(people, await uow.people.agencies())]
    spec = partnership.escalation_policy
    facts = None if spec is None else await uow.partnership.policy(spec.version)
    approved = facts is not None and policy_from_facts(facts).approved
    return [
        Check("partnership", True, partnership.name),
        Check("people", bool(people), f"{len(people)} in the register", "Run: herald people import people.csv"),
        Check("admins", admins > 1, f"{admins} hold the role admin", "Give two people that role.", blocking=False),
        Check("publishers", publishers > 0, f"{publishers} may release bulletins", "Give somebody that role.", False),
        Check(
            "escalation leads",
            leads > 0,
            f"{leads} hold the role escalation-lead",
            "Give somebody that role: they are told when an alert reaches nobody else.",
            blocking=False,
        ),
        Check(
            "line managers",
            bool(people) and not alone,
            _managed(len(alone), len(people)),
            "Complete manager_email and deputy_email in people.csv; herald people import names those it cannot reach.",
            blocking=False,
        ),
        Check(
            "agencies",
            not empty,
            f"nobody can be alerted at: {', '.join(empty)}" if empty else "each has somebody to alert",
            "Give somebody the role manager, or add role_mailbox to the partnership file.",
            blocking=False,
        ),
        Check(
            "escalation policy",
            approved,
            "approved" if approved else "not approved, or none",
            "Add approved_by and approved_on to escalation_policy once it is agreed; live mode needs them.",
            blocking=False,
        ),
        _sending(await uow.switches.sending_paused()),
        *_calendar(await calendar_of(uow), uow),
        _backup(await uow.switches.value(LAST_BACKUP), uow.now),
    ]


def _has_somebody(person: Person, people: Sequence[Person]) -> bool:
    """Whether somebody in the register stands above this person; those who manage others need nobody."""
    here = {each.email for each in people}
    above = {person.manager_email, person.deputy_email} - {None}
    return bool(above & here) or bool({"manager", "executive"} & set(person.roles))


def _managed(alone: int, people: int) -> str:
    if not people:
        return "nobody is in the register yet"
    return f"{alone} people have neither a manager nor a deputy who is here" if alone else "everybody has one"


def _sending(paused: bool) -> Check:
    found = "paused: nothing leaves, alerts included" if paused else "goes on"
    return Check("sending", not paused, found, "Let it go on on /ops/outbox.", blocking=False)


def _calendar(calendar: WorkingCalendar, uow: UnitOfWork) -> list[Check]:
    year = calendar.local(uow.now).year + 1
    provisional = calendar.provisional(date(year, 12, 31))
    found = f"those of {year} are foreseen, not announced yet" if provisional else f"known to the end of {year}"
    remedy = "Upgrade Herald once they are announced; add days of your own under holidays.closures."
    return [Check("public holidays", not provisional, found, remedy, blocking=False)]


def _backup(last: str | None, now: datetime) -> Check:
    remedy = "Run: herald backup FILE, best every hour by a timer; see docs/how-to/back-up-and-restore.md"
    if last is None:
        return Check("backup", False, "none was ever made by herald backup", remedy, blocking=False)
    days = (now - datetime.fromisoformat(last)).days
    return Check("backup", days <= OLD_DAYS, f"the last is {days} days old", remedy, blocking=False)
