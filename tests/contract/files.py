"""The contract's own samples, their dates moved so that they lie ahead whenever the tests run."""

from datetime import timedelta

from bot.clock import system_clock
from tests.files import samples

_TODAY = system_clock().date()
_YEAR = _TODAY.year + 1


def _ahead(text: str) -> str:
    moved = text.replace("2027-", f"{_YEAR + 1}-").replace("2026-12-", f"{_YEAR}-12-")
    return moved.replace("anchor: " + f"{_YEAR}-12-18", f"anchor: {_TODAY - timedelta(days=1)}")


PARTNERSHIP = samples.PARTNERSHIP
SURVEY = samples.SURVEY.replace("opens: 2026-12", f"opens: {_YEAR}-12").replace(
    "closes: 2026-12", f"closes: {_YEAR}-12"
)
BRIEFINGS = _ahead(samples.BRIEFINGS)
DEADLINES = _ahead(samples.DEADLINES)
BULLETIN = _ahead(samples.BULLETIN.replace("id: 2026-12-main", "id: december"))
HEADER = samples.PEOPLE.splitlines()[0]
PEOPLE = f"""{HEADER}
ada@example.org,Ada Hill,northmere-police,police,Northmere,Sergeant,3,coordinator;admin,ben@example.org,,no,main,U024BE7LH,,
ben@example.org,Ben Moss,northmere-police,,Northmere,Inspector,3,manager,,,active,main,,,
cy@example.org,Cy Lake,northmere-police,,,Constable,1,,ben@example.org,ada@example.org,mailing-list,main,,{_YEAR}-12-24,{_YEAR + 1}-03-31
pat@example.org,Pat Reed,northmere-police,health,,,,publisher,,,,main,,,
"""
PAST = """herald_briefings: 1
briefings:
  - {id: long-ago, title: Long ago, kind: champions event, starts: 2026-01-14T12:30, ends: 2026-01-14T13:30, place: Online, capacity: 20}
"""
