"""Pages of the escalation lead: the board with its clocks, closing one, and the report that names no case."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from handlers.escalations.ending import close_by_lead
from handlers.escalations.figures import Report, as_csv, days_of, report_of, year_of
from handlers.escalations.lists import board_of
from handlers.people_present import today_of
from handlers.web.outcomes import ended, to_done
from handlers.web.shell import SentForm, allow, context_of, render
from storage.escalation_figures import first_raised
from storage.tables.people import Person

router = APIRouter()

BOARD = "/ops/escalations"
LEAD = "escalation-lead"
Leader = Annotated[Person, Depends(allow(LEAD))]
Reader = Annotated[Person, Depends(allow("coordinator", "analyst", "executive", LEAD))]


@router.get("/ops/escalations")
async def board(request: Request, _lead: Leader) -> Response:
    """Every open escalation with its clocks and what happens next, and those that ended last."""
    async with context_of(request).store.reading() as uow:
        found = await board_of(uow)
    return render(request, "escalations/board.html", board=found)


@router.post("/ops/escalations/{reference}/close")
async def close(request: Request, reference: str, form: SentForm, lead: Leader) -> Response:
    """The escalation lead closes one that was decided or settled."""
    async with context_of(request).store.transaction(intake=True) as uow:
        await uow.conversations.first_time("web", form.key)
        said = await close_by_lead(uow, reference=reference, by=lead)
    return to_done(request, replace(ended(said), leads=((BOARD, "Go back to all escalations"),)))


@router.get("/ops/report/escalations")
async def report_page(request: Request, reader: Reader, year: str = "", since: str = "", until: str = "") -> Response:
    """The figures of a year; the escalation lead may choose any days, and sees small numbers too."""
    report, years, wrong = await _report(request, reader, year, since, until)
    shown = year_of(report.start)
    whole = days_of(shown) == (report.start, report.end)
    asked = {"year": shown} if whole else {"since": report.start, "until": report.end}
    return render(
        request,
        "escalations/report.html",
        status=422 if wrong else 200,
        report=report,
        figures=report.figures,
        years=years,
        year=shown if whole else None,
        since=since,
        until=until,
        query=urlencode(asked),
        wrong=wrong,
    )


@router.get("/ops/report/escalations/table.csv")
async def report_file(request: Request, reader: Reader, year: str = "", since: str = "", until: str = "") -> Response:
    """The same figures as a file: what the page hides is hidden here."""
    report, _, _ = await _report(request, reader, year, since, until)
    headers = {"content-disposition": f'attachment; filename="escalations-{report.start}-{report.end}.csv"'}
    return Response(as_csv(report).encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


async def _report(request: Request, reader: Person, year: str, since: str, until: str) -> tuple[Report, list[int], str]:
    """The report that was asked for, the years there are, and what was wrong with the days, if anything.

    Only the escalation lead chooses days: from two periods that differ by one day, hidden figures could be worked out.
    """
    exact = LEAD in reader.roles
    async with context_of(request).store.reading() as uow:
        today = await today_of(uow)
        first = await first_raised(uow)
        begins = year_of(today) if first is None else min(year_of(today), year_of(first.date()))
        years = list(range(year_of(today), begins - 1, -1))
        wanted = int(year) if year.isascii() and year.isdigit() and int(year) in years else years[0]
        start, end = days_of(wanted)
        wrong = ""
        if exact and (since or until):
            try:
                start, end = date.fromisoformat(since), date.fromisoformat(until)
            except ValueError:
                wrong = "Choose both days."
            else:
                if not date(2000, 1, 1) <= start <= end <= date(2100, 1, 1):
                    start, end = days_of(wanted)
                    wrong = "The first day comes before the last one."
        return await report_of(uow, start=start, end=end, exact=exact), years, wrong
