"""The aggregate report on escalations: what the partnership learns from all of them, naming no person and no case."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.files.csv_guard import Cell, write_csv
from bot.flows.escalation import KINDS
from bot.flows.escalation_answers import THEMES
from bot.rules.escalation_figures import Figures, InTime, figures
from handlers.partnership import calendar_of
from handlers.policies import policy_version
from storage.escalation_figures import stories, versions_used
from storage.unit_of_work import UnitOfWork

HIDDEN = "hidden"
YEAR_BEGINS = (4, 1)  # partnerships report on the financial year


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of everything raised from the first to the last day (local dates, both included), with its words.

    `labels` are the words of stage ids; `agencies`, `kinds` and `themes` those of the breakdowns. `exact`: nothing is
    hidden.
    """

    start: date
    end: date
    exact: bool
    figures: Figures
    labels: dict[str, str]
    agencies: dict[str, str]
    kinds: dict[str, str]
    themes: dict[str, str]


async def report_of(uow: UnitOfWork, *, start: date, end: date, exact: bool) -> Report:
    """The report on a period of local dates, both days included; without `exact` no figure of one to four is shown.

    Practice is in no figure. Raises LookupError when a policy version that was used is not in the database any more.
    """
    calendar = await calendar_of(uow)
    period = (calendar.start_of(start), calendar.start_of(end + timedelta(days=1)))
    versions = await versions_used(uow, start=period[0], end=period[1])
    policies = {version: await policy_version(uow, version) for version in versions}
    found = await stories(uow, start=period[0], end=period[1], policies=policies)
    labels: dict[str, str] = {}
    for policy in reversed(policies.values()):  # the words and the order of the version used last
        labels |= {stage.id: stage.label for stage in policy.stages if stage.id not in labels}
    return Report(
        start=start,
        end=end,
        exact=exact,
        figures=figures(found, stages=labels, now=uow.now, calendar=calendar, exact=exact),
        labels=labels,
        agencies={"": "No agency"} | {agency.id: agency.name for agency in await uow.people.agencies()},
        kinds={choice.value: choice.label for choice in KINDS},
        themes={choice.value: choice.label for choice in THEMES},
    )


def year_of(day: date) -> int:
    """The year in which the financial year of a day began."""
    return day.year if (day.month, day.day) >= YEAR_BEGINS else day.year - 1


def days_of(year: int) -> tuple[date, date]:
    """The first and the last day of the financial year that begins in a year."""
    first = date(year, *YEAR_BEGINS)
    return first, date(year + 1, *YEAR_BEGINS) - timedelta(days=1)


def as_csv(report: Report) -> str:
    """The report as a table of part, what, figure: just what the page shows, and what is hidden is hidden here."""
    nothing = "" if report.exact else HIDDEN
    rows = [(part, what, nothing if value is None else value) for part, what, value in _rows(report)]
    return write_csv(("part", "what", "figure"), rows)


def _rows(report: Report) -> list[tuple[str, str, Cell]]:
    found = report.figures
    rows: list[tuple[str, str, Cell]] = [
        ("all", "raised", found.raised),
        ("all", "urgent", found.urgent),
        ("all", "open", found.open),
        ("all", "settled", found.settled),
        ("all", "withdrawn", found.withdrawn),
        *_share("all", "settled at the first two stages", found.early),
        ("all", "median days from raising to the end", found.median_days),
        ("all", "stages at which nobody could be reached", found.nobody_reached),
        ("all", "learning notes outstanding", found.learning_owed),
    ]
    rows += [("raised by", report.agencies.get(key, key), n) for key, n in found.by_raising.items()]
    rows += [("raised with", report.agencies.get(key, key), n) for key, n in found.by_other.items()]
    rows += [("about", report.kinds.get(key, key), n) for key, n in found.by_kind.items()]
    rows += [("learned about", report.themes.get(key, key), n) for key, n in found.by_theme.items()]
    for stage in found.stages:
        label = report.labels[stage.stage]
        rows += [
            (label, "reached", stage.reached),
            (label, "settled here", stage.settled),
            *_share(label, "taken on in time", stage.acknowledged),
            *_share(label, "answered in time", stage.answered),
            (label, "median working hours to the answer", stage.median_hours),
            (label, "median hours to the answer, urgent", stage.median_urgent_hours),
        ]
    return rows


def _share(part: str, what: str, share: InTime) -> list[tuple[str, str, Cell]]:
    return [(part, what, share.kept), (part, f"{what}, of", share.of)]
