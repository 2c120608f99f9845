"""Surveys with one thing wrong each."""

from tests.files.samples import SURVEY as SAMPLE
from tests.files.wrong import Wrong

LONG = "x" * 3001
MANY_CHOICES = "\n".join(f"          - {{value: v{n}, label: Choice {n}}}" for n in range(98))
MANY_ASKING = "\n".join(f"          - {{value: v{n}, label: Choice {n}, ask_text: more_{n}}}" for n in range(97))
MANY_PAGES = "".join(
    f"  - id: extra{n}\n    questions:\n      - {{id: q{n}, type: text_short, text: Anything else}}\n"
    for n in range(30)
)
WORDY = "\n".join(
    f"      - id: wordy{n}\n        type: single\n        text: Which of these\n        choices:\n"
    + "\n".join(f"          - {{value: v{m}, label: {'ö' * 70}}}" for m in range(100))
    for n in range(10)
)
ROLE_CHOICES = "          - {value: manager, label: {en: Manager}}"
SHOW_IF = "show_if: {all: [{question: useful, at_most: 3}]}"
LAST_QUESTION = "        themes: feedback-codebook\n"


NAMED = ("mode: confidential", "mode: named")
TWO = "{value: a, label: A}, {value: b, label: B}"
ROW = "{id: a, text: A}"
PART = "{id: rol__1, type: text_short, text: Anything else}"
BOOKING = "      - {id: seat, type: booking, text: Which session, sessions: [‸levels-of-need-2026-13]}\n"
ANONYMOUS = ("mode: confidential", "mode: anonymous")
THIRTEEN = "".join(
    f"  - id: extra{n}\n    questions:\n      - {{id: q{n}, type: yes_no, text: Anything else}}\n" for n in range(10)
)
ALL_REQUIRED = (
    LAST_TWO := SAMPLE[SAMPLE.index("        sensitive: false") : SAMPLE.index("end: {text")],
    LAST_TWO.replace("sensitive: false", "required: true").replace("max_length: 1500", "required: true"),
)


def survey(
    code: str, old: str, new: str, says: str, at: tuple[int, int] | None = None, also: tuple[str, str] | None = None
) -> Wrong:
    return Wrong(code, "survey", old, new, says, at, also)


def condition(code: str, new: str, says: str) -> Wrong:
    return survey(code, SHOW_IF, f"show_if: {new}", says)


def added(code: str, question: str, says: str) -> Wrong:
    return survey(code, LAST_QUESTION, f"{LAST_QUESTION}      - {question}\n", says)


SURVEYS = (
    survey("E101", "required: false", "‸requird: false", "Did you mean required?"),
    survey("E101", "max_length", "‸maximum_length", "Did you mean max_length?"),
    survey("E102", "version: 1\n", "version: 1\n‸version: 2\n", "already there in line 3"),
    survey("E103", "  mode: confidential", "‸\tmode: confidential", "Use spaces"),
    survey("E104", "value: manager", "value: ‸on", 'on became true; put quotes round it: "on"'),
    survey("E104", "value: manager", "value: ‸true", 'put quotes round it: "true"'),
    survey("E104", "title: {en: Briefing feedback}", "title: ‸2026", '2026 is a number; put quotes round it: "2026"'),
    survey("E104", "version: 1\n", 'version: ‸"1"\n', "takes a whole number without quotes"),
    survey("E104", "required: false", "required: ‸maybe", "Write required: true or false."),
    survey("E104", "schedule:\n  opens", "schedule: ‸soon\nend_of:\n  opens", "takes keys and values"),
    survey("E105", "owner: coordinator\nlang", "owner: ‸&who coordinator\nlang", "do without that"),
    survey("E105", "owner: coordinator\nlang", "owner: ‸*who\nlang", "do without that"),
    survey("E105", "owner: coordinator\nlang", "owner: ‸!role coordinator\nlang", "is a tag"),
    survey("E107", "{en: Manager}", "{en: ‸Manager?}", "on its own line or in quotes"),
    survey("E110", "owner: coordinator\nlanguages", "languages", "owner is missing", (1, 1)),
    survey("E110", "owner: coordinator\nlanguages", "‸owner:\nlanguages", "owner is missing"),
    survey("E201", "id: briefing-feedback-2026-q4", "id: ‸2026 feedback", "Use a small letter followed by"),
    survey("E201", "id: role\n", "id: ‸Your role\n", "Use yourrole or your_role."),
    survey("E202", "id: useful\n", "id: ‸role\n", "already in line 33"),
    survey("E202", "ask_text: role_other", "ask_text: useful", "already in line", (42, 13)),
    survey("E203", "text: How useful was the briefing?", f"text: ‸{'x' * 301}", "at most 300"),
    survey("E203", "text: How useful was the briefing?", "text: ‸Ok", "at least 3"),
    survey("E204", "min_group: 5", "min_group: ‸2", "outside 3 to 50"),
    survey("E204", "grace_minutes: 60", "grace_minutes: ‸1441", "outside 0 to 1440"),
    survey("E204", "external_rounding: 5", "external_rounding: ‸3", "Write 1, 5 or 10"),
    survey("E205", "mode: confidential", "mode: ‸confidental", "Did you mean confidential?"),
    survey("E205", "owner: coordinator\nlang", "owner: ‸the boss\nlang", "neither an e-mail address nor a role"),
    survey("E205", "channels: [slack, web]", "channels: [‸slak, web]", "Did you mean slack?"),
    survey("E206", "{everyone: true}", "{people: [‸ada@example]}", "ada@example.org"),
    survey("E208", "opens: 2026-12-01T09:00", "opens: ‸1 December", "2026-12-01T09:00"),
    survey("E209", "closes: 2026-12-15T17:00", "closes: ‸2026-11-15T17:00", "Give a later time"),
    survey("E209", "closes: 2026-12-15T17:00", "closes: ‸2027-12-15T17:00", "120 at most"),
    survey("E209", "[3, 7]", "‸[7, 3]", "[3, 7]"),
    survey("E209", "[3, 7]", "‸[3, 15]", "would come after the close"),
    survey("E211", "timezone: Europe/London", "timezone: ‸London", "use Europe/London"),
    survey("E212", "{everyone: true}", "{agencies: ‸northmere-polce}", "Did you mean northmere-police?"),
    survey("E212", "{everyone: true}", "{people: ‸di@example.org}", "herald people import"),
    survey("E212", "quotas: []", "quotas: [{cut: ‸agencies, value: police, max: 20}]", "Did you mean agency?"),
    survey("E213", "[3, 7]", "‸[3, 5, 7]", "two at most"),
    survey("E213", "{everyone: true}", "‸{exclude: {roles: manager}}", "Write everyone: true"),
    survey("E214", "{everyone: true}", "{everyone: ‸true, roles: manager}", "contradict each other"),
    survey("E214", "{id: agency, source: roster}", "{id: agency, source: roster, question: ‸role}", "has no question"),
    survey(
        "E220",
        f"{ROLE_CHOICES}\n          - {{value: other, label: {{en: Something else}}, ask_text: role_other}}\n",
        "",
        "only one choice",
        (39, 11),
    ),
    survey(
        "E221", "value: frontline", "value: ‸Front line", 'value "Front line" has a space. Use frontline or front_line.'
    ),
    survey("E221", "value: frontline", "value: ‸prefer_not", "prefer_not: true beside the question"),
    survey("E222", "value: manager", "value: ‸frontline", "already a choice in line 39"),
    survey("E223", "sensitive: false", "‸max_length: 10", "does not belong to a question of type scale"),
    survey("E224", "{value: 5, label: {en: Very}}", "{value: ‸1, label: {en: Very}}", "rising order"),
    survey(
        "E224",
        "points: [{value: 1, label: {en: Not at all}}, {value: 5, label: {en: Very}}]",
        "points: ‸[{value: 1, label: {en: Not at all}}, {value: 9, label: {en: Very}}]",
        "it needs 3 to 7",
    ),
    survey(
        "E224",
        "        points: [{value: 1, label: {en: Not at all}}, {value: 5, label: {en: Very}}]\n",
        "",
        "a scale needs points",
        (42, 9),
    ),
    added("E225", "{id: years, type: number, text: How many years, min: 5, max: ‸2}", "Exchange them"),
    added("E225", "{id: day, type: date, text: Which day, min: 2027-01-02, max: ‸2027-01-01}", "Exchange them"),
    survey("E226", "type: text_long", "type: ‸text", "Did you mean text_long?"),
    survey("E227", "type: text_long", "type: ‸contact", "whom to ring or write to"),
    added(
        "E202", f"{{id: ‸rol, type: rank, text: What first, top: 1, choices: [{TWO}]}}\n      - {PART}", "a part of rol"
    ),
    added(
        "E202",
        f"{{id: grid, type: matrix, text: How well, points: 5, rows: [{ROW}, {{id: ‸a, text: Again}}]}}",
        "twice",
    ),
    added("E213", f"{{id: grid, type: matrix, text: How well, points: 5, rows: ‸[{ROW}]}}", "2 to 10 rows"),
    added("E213", f"{{id: first, type: rank, text: What first, top: ‸3, choices: [{TWO}]}}", "only 2 choices"),
    added("E204", f"{{id: first, type: rank, text: What first, top: ‸6, choices: [{TWO}]}}", "outside 1 to 5"),
    added(
        "E224",
        f"‸{{id: grid, type: matrix, text: How well, rows: [{ROW}, {{id: b, text: B}}]}}",
        "a matrix needs points",
    ),
    survey("E223", "sensitive: false", "‸rows: []", "only to matrix"),
    survey("E223", "sensitive: false", "‸top: 3", "only to rank"),
    survey("E212", LAST_QUESTION, LAST_QUESTION + BOOKING, "Did you mean levels-of-need-2026-12?", also=NAMED),
    survey("E212", "quotas: []", "quotas: [{cut: role_band, value: ‸manger, max: 20}]", "Did you mean manager?"),
    survey("E212", "quotas: []", "quotas: [{cut: agency, value: ‸northmere-polce, max: 20}]", "northmere-police?"),
    survey("E246", "text: How useful was the briefing?", "text: ‸As {rol}, how useful was it", "Did you mean role?"),
    survey("E246", "text: How useful was the briefing?", "text: ‸As {why}, how useful was it", "does not come before"),
    survey("E246", "text: How useful was the briefing?", "text: ‸As {your role}, how useful", "Write {{ and }}"),
    survey(
        "E246",
        "text: What would make it more",
        'help: ‸"{q.rule}"\n        text: What would make it more',
        "mean role?",
    ),
    survey("E247", "title: {en: Your role}", "title: ‸How do you {role}", "cannot be repeated in a title"),
    added("E247", "{id: again, type: text_short, text: ‸'And {why}'}", "type text_long"),
    survey(
        "E247",
        "sensitive: false",
        "sensitive: true",
        "it is sensitive",
        (49, 15),
        also=("text: What would make it more useful?", "text: You said {useful}. Why?"),
    ),
    survey("E228", "end: {text", f"{MANY_PAGES}end: {{text", "at most 30", (29, 3)),
    survey("E230", "{en: Manager}", "{en: ‸" + "x" * 76 + "}", "at most 75"),
    survey("E231", 'help: {en: ""}', f"help: ‸{'x' * 2001}", "at most 2000"),
    survey(
        "E232",
        ROLE_CHOICES,
        f"{ROLE_CHOICES}\n{MANY_CHOICES}\n          - {{value: w, label: W}}",
        "at most 100",
        (39, 11),
    ),
    survey("E233", ROLE_CHOICES, f"{ROLE_CHOICES}\n{MANY_ASKING}", "a Slack view holds 95", (29, 9)),
    survey("E234", LAST_QUESTION, f"{LAST_QUESTION}{WORDY}\n", "a Slack view carries 250", (29, 9)),
    added("E235", f"{{id: note, type: info, text: ‸{LONG}}}", "at most 3000"),
    condition("E240", "‸useful <= 3", "{question: useful, at_most: 3}"),
    condition("E240", "‸[{question: useful, at_most: 3}]", "Write all: or any:"),
    condition("E240", "{question: useful, ‸atmost: 3}", "Did you mean at_most?"),
    condition("E240", "‸{question: useful}", "one comparison"),
    condition("E240", "{all: ‸[]}", "the list under all is empty"),
    condition("E240", "{not: {not: {not: {not: ‸{not: {question: useful, at_most: 3}}}}}}", "more than 4 deep"),
    condition("E240", "{question: useful, at_most: ‸three}", "takes a whole number"),
    condition("E241", "{question: useful, at_least: ‸6}", "never more than 5"),
    condition("E241", "{question: useful, at_most: ‸0}", "never less than 1"),
    condition("E241", "{question: role, is: ‸manger}", "Did you mean manager?"),
    condition(
        "E242", "‸{all: [{question: useful, at_most: 2}, {question: useful, at_least: 4}]}", "nobody can ever reach"
    ),
    condition(
        "E242",
        "‸{all: [{question: role_other, answered: true}, {question: role, is: manager}]}",
        "nobody can ever reach question why",
    ),
    condition("E243", "{question: ‸usful, at_most: 3}", "Did you mean useful?"),
    condition("E243", "{question: ‸why, answered: true}", "does not come before"),
    condition("E244", "{question: role, includes: ‸manager}", "Use is, is_not, in, not_in or answered."),
    condition("E244", "{question: role_other, is: ‸Yes}", "Use answered."),
    condition("E245", "{question: role, is_not: ‸manger}", "Did you mean manager?"),
    condition("E245", "{question: role, in: [manager, ‸manger]}", "Did you mean manager?"),
    survey("E250", "[en]\n", "[en, cy]\n", "missing in cy", (4, 8)),
    survey("E250", "title: {en: Briefing feedback}\npurp", "title: ‸{}\npurp", "missing in en"),
    survey(
        "E251", "title: {en: Briefing feedback}\npurp", "title: {en: Briefing feedback, ‸cy: Adborth}\npurp", "Use en"
    ),
    survey("E251", "languages: [en]", "languages: [‸English]", "two small letters"),
    survey("E251", "{en: Manager}", "{en: Manager, ‸team leader}", "a comma into quotes"),
    survey("E301", "min_group_comments: 10", "min_group_comments: ‸4", "Write 5 or more"),
    survey("E301", "mode: confidential\n  min_group: 5", "mode: anonymous\n  min_group: ‸4", "fewer than 5"),
    survey("E302", "{everyone: true}", "{people: ‸[ada@example.org, ben@example.org]}", "at least 10", also=ANONYMOUS),
    survey("E303", "type: text_long", "type: ‸pledge", "says who someone is", also=ANONYMOUS),
    survey("E303", "type: text_long", "type: ‸booking", "only in a survey with mode: named"),
    survey("E303", "type: text_long", "type: ‸contact", "says who someone is", also=ANONYMOUS),
    survey("E304", "source: question, question: role", "source: question, question: ‸why", "one group"),
    survey("E304", "question: role, not_given: true", "question: ‸role", "Add not_given: true"),
    survey("E304", "{id: agency, source", "{id: ‸agence, source", "Did you mean agency?"),
    survey("E304", "question: role, not_given", "question: ‸roles, not_given", "Did you mean role?"),
    survey(
        "E305",
        "  retention_days: {replies: 365, invitations: 30, drafts: 14}\n",
        "",
        "how long replies are kept",
        (17, 3),
    ),
    survey("E306", "channels: [slack, web]", "channels: [slack, ‸dm]", "Use slack and web", also=ANONYMOUS),
    survey("E306", "channels: [slack, web]", "channels: [‸email]", "Use slack and web", also=ANONYMOUS),
    survey("E309", "mode: confidential", "mode: ‸anonymous", "Use mode: confidential"),
    survey("E310", "structured: remove", "structured: ‸keep", "Write structured: remove", also=ANONYMOUS),
    survey("W201", "end: {text", f"{THIRTEEN}end: {{text", "take about", (29, 3)),
    survey("W204", "required: false", "required: true", "let most of them be open", (29, 3), also=ALL_REQUIRED),
    survey("W205", "loop: {owner: coordinator", "loop: {owner: ‸learning-hub", "Herald can remind nobody"),
    survey("W207", "channels: [slack, web]", "channels: [web, ‸email]", "in named surveys only"),
    survey("W206", "min_group: 5", "min_group: ‸3", "It uses 5"),
    survey(
        "W202",
        "id: useful\n        type: scale\n        text: How useful was the briefing?",
        "id: ‸useful\n        type: scale\n        text: How clear and useful was it",
        "one by one",
    ),
    survey(
        "W203",
        "id: useful\n        type: scale\n        text: How useful was the briefing?",
        "id: ‸useful\n        type: scale\n        text: How great was the briefing",
        "How great",
    ),
)
