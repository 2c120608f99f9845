"""Partnership, briefings, deadlines, bulletins, people and registers with one thing wrong each."""

from tests.files.wrong import Wrong

DEEP = "[" * 25 + "]" * 25


def partnership(code: str, old: str, new: str, says: str, at: tuple[int, int] | None = None) -> Wrong:
    return Wrong(code, "partnership", old, new, says, at)


PARTNERSHIPS = (
    partnership("E100", "areas: [Northmere]", "areas: [Northmere\nlater‸: x: y", "cannot be read from here on"),
    partnership("E101", "short_name: N", "‸short_nam: N", "Did you mean short_name?"),
    partnership("E104", "scoping_months: 1", "scoping_months: ‸one", "takes a whole number"),
    partnership("E108", "areas: [Northmere]", f"areas: {DEEP}", "Make it flatter", (4, 27)),
    partnership("E109", "areas: [Northmere]", "areas: [North‸\x07mere]", "Delete it"),
    partnership("E110", "  version: 2026-1\n", "", "version is missing in escalation_policy", (15, 3)),
    partnership(
        "E201",
        "{id: northmere-police, name",
        "{id: ‸Northmere Police, name",
        "Use northmerepolice or northmere-police.",
    ),
    partnership(
        "E202",
        "series:\n",
        "  - {id: ‸northmere-police, name: Another, sector: health}\nseries:\n",
        "already in line 11",
    ),
    partnership("E204", "scoping_months: 1", "scoping_months: ‸13", "outside 1 to 12"),
    partnership("E205", "who: manager", "who: ‸managers", "Did you mean manager?"),
    partnership("E206", "safeguarding@police.example.org", "‸safeguarding at police", "ada@example.org"),
    partnership("E207", 'phone: "01632 960001"', "phone: ‸ring us", "01632 960001"),
    partnership("E208", "approved_on: 2026-09-01", "approved_on: ‸1 September 2026", "2026-12-31"),
    partnership("E208", "starts: 2026-10-01", "starts: ‸2026-02-30", "2026-12-31"),
    partnership("E208", 'from: "09:00"', 'from: ‸"9 o\'clock"', "09:00"),
    partnership("E209", 'to: "17:00"', 'to: ‸"08:00"', "closes before it opens"),
    partnership("E210", "acknowledge: 1d", "acknowledge: ‸one day", "Write hours or days like 4h"),
    partnership("E210", "respond: 5d", "respond: ‸0d", "Write hours or days like 2d"),
    partnership("E211", "timezone: Europe/London", "timezone: ‸GMT+1", "use Europe/London"),
    partnership("E212", "sector: police, role", "sector: ‸polise, role", "Did you mean police?"),
    partnership("E212", "lead: northmere-police", "lead: ‸northmere-polic", "Did you mean northmere-police?"),
    partnership("E214", "  approved_by: Partnership Executive\n", "", "needs approved_by beside it", (16, 16)),
    partnership("E215", "acknowledge: 1d, ", "", "acknowledge: 4h", (21, 7)),
    partnership("E215", ", urgent: 24h", "", "urgent: 4h", (21, 7)),
    partnership("E216", ", final: true", "", "Add final: true to the last stage", (21, 7)),
    partnership("E216", "respond: 1d, urgent: 4h", "respond: 1d, urgent: 4h, final: ‸true", "Only the last stage"),
    partnership("E217", "country: GB", "country: ‸XX", "such as GB"),
    partnership("E217", "subdivision: ENG", "subdivision: ‸ENGL", "Did you mean ENG?"),
    partnership(
        "E219", "sector: police, role", "sector: police, procedure: ‸ask Ben, role", "https://www.example.org/page"
    ),
)

BRIEFINGS = (
    Wrong("E110", "briefings", "place: Online, ", "", "place is missing", (3, 5)),
    Wrong("E204", "briefings", "capacity: 20", "capacity: ‸0", "outside 1 to 10000"),
    Wrong("E204", "briefings", "per_agency: 4", "per_agency: ‸21", "only 20"),
    Wrong("E205", "briefings", "kind: briefing", "kind: ‸class", "Did you mean masterclass?"),
    Wrong("E205", "briefings", "approval: none", "approval: ‸boss", "none, declared or manager"),
    Wrong("E208", "briefings", "starts: 2026-12-09T12:30", "starts: ‸9 Dec 12.30", "2026-12-01T09:00"),
    Wrong("E209", "briefings", "ends: 2026-12-09T13:30", "ends: ‸2026-12-09T12:30", "ends before it starts"),
    Wrong("E209", "briefings", "ends: 2026-12-09T13:30", "ends: ‸2027-12-09T13:30", "5 days are the most"),
    Wrong("E209", "briefings", "closes: 2026-12-09T11:30", "closes: ‸2026-12-09T13:00", "closes after the start"),
    Wrong("E209", "briefings", "opens: 2026-11-20T09:00", "opens: ‸2026-12-09T12:00", "opens after it has closed"),
    Wrong("E212", "briefings", "priority: p1", "priority: ‸p11", "Did you mean p1?"),
    Wrong("E212", "briefings", "evaluation: briefing-feedback", "evaluation: ‸briefng-feedback", "briefing-feedback?"),
    Wrong("E213", "briefings", "briefings:\n", "briefings: ‸[]\nold:\n", "at least one briefing"),
)

DEADLINES = (
    Wrong("E110", "deadlines", ", anchor: 2026-12-18", "", "the day the notification was sent", (4, 5)),
    Wrong("E110", "deadlines", "due: 2027-02-26, every: 1y", "every: 1y", "Write due: 2027-02-26", (5, 5)),
    Wrong("E205", "deadlines", "kind: rapid-review", "kind: ‸rapid review", "Did you mean rapid-review?"),
    Wrong("E210", "deadlines", "every: 1y", "every: ‸yearly", "Write 1y, 6m or 2w"),
    Wrong("E212", "deadlines", "owner: cy@example.org", "owner: ‸di@example.org", "herald people import"),
    Wrong("E214", "deadlines", "anchor: 2026-12-18", "due: ‸2026-12-18", "Write that date as anchor"),
    Wrong("E214", "deadlines", "anchor: 2027-01-28", "anchor: 2027-01-28, due: ‸2027-07-28", "Keep one of them"),
)


def bulletin(code: str, new: str, says: str) -> Wrong:
    old = "Text, lists, links, images from the bulletin's own folder."
    return Wrong(code, "bulletin", old, new, says)


BULLETINS = (
    Wrong("E113", "bulletin", "---\nherald_bulletin", "‸herald_bulletin", "three dashes"),
    Wrong("E113", "bulletin", "not_after: 2026-12-03T17:00\n---\n", "", "second line of three dashes", (13, 1)),
    Wrong("E209", "bulletin", "not_after: 2026-12-03T17:00", "not_after: ‸2026-12-01T08:00", "Give a later time"),
    Wrong("E212", "bulletin", "series: main\ntitle", "series: ‸maine\ntitle", "Did you mean main?"),
    Wrong("E212", "bulletin", "{{ pledge p1 }}", "‸{{ pledge p2 }}", "Use p1."),
    bulletin("E203", f"‸# {'x' * 151}", "at most 150"),
    bulletin("E260", "Text ‸<b>bold</b>", "**bold**"),
    bulletin("E260", "‸<div>\nText\n</div>", "in Markdown"),
    bulletin("E261", "[a plan](‸javascript:alert(1))", "https://, http:// or mailto:"),
    bulletin("E261", "[a plan](‸/plans/1)", "https://, http:// or mailto:"),
    bulletin("E262", "See [‸](https://example.org/a)", "[where it leads]"),
    bulletin("E263", "‸![A plan](../plan.png)", "beside the bulletin"),
    bulletin("E263", "‸![A plan](https://example.org/plan.png)", "beside the bulletin"),
    bulletin("E263", "‸![A plan](plans.png)", "Did you mean plan.png?"),
    bulletin("E264", "‸![](plan.png)", "those who cannot see it"),
    bulletin("E265", "‸> a quotation", "in quotation marks"),
    bulletin("E265", "‸***", "Begin a new story"),
    bulletin("E265", "‸```\ncode\n```", "as a paragraph"),
    bulletin("E265", "‸### Deep", "## inside it"),
    bulletin("E265", "- one\n  ‸- two", "one flat list"),
    Wrong("E266", "bulletin", "{{ surveys }}", "‸{{ survey }}", "Did you mean surveys?"),
    Wrong("E266", "bulletin", "{{ briefings next=3 }}", "‸{{ briefings next=many }}", "Write next=3"),
    Wrong("E266", "bulletin", "{{ previous }}", "‸{{ previous issue }}", "takes no settings"),
    Wrong("E266", "bulletin", "{{ briefings next=3 }}            #", "‸{{ briefings next=3 #", "Write it like"),
    bulletin("E267", "Our dates: ‸{{ briefings }}", "on a line of its own"),
    bulletin("E267", "Look: ‸![A plan](plan.png)", "on a line of its own"),
    Wrong("E267", "bulletin", "{{ previous }}", "{{ previous }}‸ and more", "lines of their own"),
    bulletin("E268", "Text.\n\n‸# A heading alone\n\n# Another", "nothing stands under"),
    bulletin("W260", "[‸click here](https://example.org/a)", "Name the page"),
    Wrong("W261", "bulletin", "send_at: 2026-12-01T09:00", "send_at: ‸2026-12-01T07:00", "outside Monday to Friday"),
)


def people(code: str, old: str, new: str, says: str, at: tuple[int, int]) -> Wrong:
    return Wrong(code, "people", old, new, says, at)


PEOPLE = (
    people("E101", "job_title", "jobtitle", "Did you mean job_title?", (1, 6)),
    people("E102", "deputy_email", "manager_email", "there twice", (1, 10)),
    people("E110", "ada@example.org,", ",", "how Herald knows people", (2, 1)),
    people("E110", "Ada Quill", " ", "as colleagues know it", (2, 2)),
    Wrong(
        "E120",
        "people",
        "email,name,agency,sector,area,job_title,level,roles,manager_email,deputy_email,champion,series,"
        "slack_id,away_until,leaves_on\n",
        "",
        "Write for example: email,name,agency,sector",
        (1, 1),
    ),
    people("E121", "2026-12-31,", "2026-12-31,,too,many", "Put quotes round a cell", (2, 16)),
    people("E122", "Ada Quill", "A" * 20_001, "Is this really a CSV file?", (2, 1)),
    people("E123", "Ada Quill", "=HYPERLINK(1)", "Take the sign = away", (2, 2)),
    people("E123", "Detective Sergeant", "@SUM(A1)", "Take the sign @ away", (2, 6)),
    people("E124", "Ada Quill", "Ada \x1b[31mQuill", "Type the cell again", (2, 2)),
    people("E125", "Ada Quill", '"Ada" Quill', "Close it", (2, 1)),
    Wrong("E126", "attendance", "email,status", "email", "add the column status", (1, 1)),
    people("E201", "U024BE7LH", "ada.quill", "U024BE7LH", (2, 13)),
    people("E202", "2026-12-31,\n", "2026-12-31,\nADA@example.org,Ada,,,,,,,,,,,,,\n", "already in line 2", (3, 1)),
    people("E203", "Detective Sergeant", "x" * 201, "it may have 200", (2, 6)),
    people("E205", "practitioner;manager", "practitioner;boss", "is not known", (2, 8)),
    people("E205", ",active,", ",actve,", "Did you mean active?", (2, 11)),
    people("E205", ",3,", ",5,", "Write 1, 2, 3 or 4", (2, 7)),
    people("E206", "ben@example.org", "ben@example", "Write it like ada@example.org", (2, 9)),
    people("E208", "2026-12-31", "31 December", "Write year, month and day", (2, 14)),
    people("E212", "northmere-police", "northmere-polic", "Did you mean northmere-police?", (2, 3)),
    people("E212", ",police,", ",polise,", "Did you mean police?", (2, 4)),
    people("E212", ",main,", ",maine,", "Did you mean main?", (2, 12)),
    people("E214", "ben@example.org", "Ada@Example.org", "nobody can stand in for themselves", (2, 9)),
)

REGISTERS = (
    Wrong("E110", "attendance", "ada@example.org", "", "the cell email is empty", (2, 2)),
    Wrong(
        "E202",
        "attendance",
        "attended\n",
        "attended\nlevels-of-need-2026-12,Ada@example.org,partial\n",
        "line 2",
        (3, 1),
    ),
    Wrong("E205", "attendance", ",attended", ",came", "attended, partial, no-show or excused", (2, 3)),
    Wrong("E212", "attendance", "2026-12,", "2026-11,", "Did you mean levels-of-need-2026-12?", (2, 1)),
    Wrong("E212", "attendance", "ada@example.org", "di@example.org", "herald people import", (2, 2)),
    Wrong("E214", "attendance", "email,status", "email,attended", "names and counts are mixed", (1, 1)),
)

KINDS = (
    Wrong("E112", "survey", "herald_survey: 1", "herald_survey: ‸2", "Write herald_survey: 1."),
    Wrong("E112", "kind", "herald_survey: 1", "‸herald_surveys: 1", "Did you mean herald_survey?"),
    Wrong("E112", "kind", "herald_survey: 1\n", "‸title: x\nherald_survey: 1\n", "Make it the first line"),
    Wrong("E113", "kind", "herald_survey: 1", "‸herald_bulletin: 1", "three dashes"),
)
