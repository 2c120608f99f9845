"""One good file of each kind, taken from the contract and from reference/surveys-pledges.md 4.2; tests spoil them."""

from bot.files.known import Known

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
series:
  - {id: main, title: Northmere e-bulletin, cadence: monthly, from_name: Northmere partnership}
escalation_policy:            # refused in live mode unless approved_by and approved_on are given
  version: 2026-1
  approved_by: Partnership Executive
  approved_on: 2026-09-01
  stages:
    - {id: practitioners, label: Practitioner to practitioner, who: practitioner, acknowledge: 4h, respond: 1d, urgent: 4h}
    - {id: managers, label: Line managers, who: manager, acknowledge: 4h, respond: 2d, urgent: 4h}
    - {id: executive, label: Partnership executive, who: executive, acknowledge: 1d, respond: 5d, urgent: 24h, final: true}
priorities:
  - {id: p1, title: Young people who go missing, lead: northmere-police, starts: 2026-10-01,
     success_measures: [Fewer repeat missing episodes], scoping_months: 1}
"""

SURVEY = """\
herald_survey: 1
id: briefing-feedback-2026-q4
version: 1
title: {en: Briefing feedback}
purpose: {en: To improve briefings}
owner: coordinator
languages: [en]
audience: {everyone: true}
channels: [slack, web]
schedule:
  opens: 2026-12-01T09:00
  closes: 2026-12-15T17:00
  timezone: Europe/London
  grace_minutes: 60
  reminders_after_days: [3, 7]
privacy:
  mode: confidential
  min_group: 5
  min_group_comments: 10
  external_min_group: 10
  external_rounding: 5
  cuts:
    - {id: agency, source: roster}
    - {id: role_band, source: question, question: role, not_given: true}
  pii: {structured: remove, names: warn}
  retention_days: {replies: 365, invitations: 30, drafts: 14}
limits: {max_responses: null, quotas: []}
pages:
  - id: p1
    title: {en: Your role}
    show_if: null
    questions:
      - id: role
        type: single
        text: Which best describes your role?
        help: {en: ""}
        required: false
        choices:
          - {value: frontline, label: {en: Frontline practitioner}}
          - {value: manager, label: {en: Manager}}
          - {value: other, label: {en: Something else}, ask_text: role_other}
      - id: useful
        type: scale
        text: How useful was the briefing?
        points: [{value: 1, label: {en: Not at all}}, {value: 5, label: {en: Very}}]
        sensitive: false
      - id: why
        type: text_long
        text: What would make it more useful?
        max_length: 1500
        show_if: {all: [{question: useful, at_most: 3}]}
        themes: feedback-codebook
end: {text: {en: Thank you.}}
loop: {owner: coordinator, due_days: 28}
"""

BRIEFINGS = """\
herald_briefings: 1
briefings:
  - {id: levels-of-need-2026-12, title: Levels of need and support, kind: briefing, starts: 2026-12-09T12:30, ends: 2026-12-09T13:30,
     place: Online, capacity: 20, per_agency: 4, levels: [2, 3], priority: p1, booking_opens: 2026-11-20T09:00, booking_closes: 2026-12-09T11:30,
     approval: none, evaluation: briefing-feedback}
"""

DEADLINES = """\
herald_deadlines: 1
deadlines:
  - {id: p1-six-months, kind: action-plan-6-months, title: Six-month report on priority 1, owner: ada@example.org, priority: p1, anchor: 2027-01-28}
  - {id: rr-17, kind: rapid-review, title: Rapid review RR17, owner: ben@example.org, anchor: 2026-12-18}
  - {id: s11-2027, kind: custom, title: Section 11 return, owner: cy@example.org, due: 2027-02-26, every: 1y}
"""

BULLETIN = """\
---
herald_bulletin: 1
id: 2026-12-main
series: main
title: December e-bulletin
audience: {series: main}          # or sectors, agencies, areas, roles, champion
send_at: 2026-12-01T09:00
not_after: 2026-12-03T17:00
---
# A story per first-level heading
Text, lists, links, images from the bulletin's own folder.

{{ briefings next=3 }}            # live blocks: bookable dates with this person's own booking link,
{{ surveys }} {{ deadlines }} {{ pledge p1 }} {{ previous }}
"""

PEOPLE = """\
email,name,agency,sector,area,job_title,level,roles,manager_email,deputy_email,champion,series,slack_id,away_until,leaves_on
ada@example.org,Ada Quill,northmere-police,police,Northmere,Detective Sergeant,3,practitioner;manager,ben@example.org,,active,main,U024BE7LH,2026-12-31,
"""

ATTENDANCE = """\
briefing,email,status
levels-of-need-2026-12,ada@example.org,attended
"""

COUNTED = """\
briefing,agency,attended
levels-of-need-2026-12,northmere-police,7
"""

KNOWN = Known(
    agencies=("northmere-police", "northmere-schools"),
    sectors=("police", "health", "children's services", "schools"),
    areas=("Northmere",),
    series=("main", "training"),
    priorities=("p1",),
    briefings=("levels-of-need-2026-12",),
    surveys=("briefing-feedback",),
    people=frozenset({"ada@example.org", "ben@example.org", "cy@example.org"}),
)
