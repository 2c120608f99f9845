"""The survey file of reference/surveys-pledges.md section 4: read, checked and turned into frozen values."""

import re
from datetime import datetime, timedelta

from bot.files import values
from bot.files.audience import Audience, read_audience
from bot.files.known import NOTHING_KNOWN, Known
from bot.files.local_text import Languages, LocalText, Rule, read_languages
from bot.files.problems import Findings, Parsed, did_you_mean, quoted
from bot.files.reader import Reader
from bot.files.roles import ROLES
from bot.files.survey_advice import advise
from bot.files.survey_model import Loop, Mode, Schedule, SurveyFile
from bot.files.survey_pages import PagesReader
from bot.files.survey_privacy import PrivacyReader, read_channels, read_limits, read_mode
from bot.files.survey_slack import check_for_slack
from bot.files.yaml_source import load

SURVEY_ID = re.compile(r"[a-z][a-z0-9-]{2,59}")
ID_RULE = "a small letter followed by small letters, digits or hyphens, three at least"
FEWEST_ASKED = 10  # reference/surveys-pledges.md 3.4
LONGEST_OPEN = timedelta(days=120)
TITLE = Rule(shortest=3, longest=150, required=True)
PURPOSE = Rule(shortest=3, longest=500, required=True)
END = Rule(longest=3000, required=True)
THANK_YOU = "Thank you."


def parse_survey(data: bytes | str, known: Known = NOTHING_KNOWN) -> Parsed[SurveyFile]:
    """Reads a survey file. Raises FileProblems with everything that is wrong in it.

    `known` holds the agencies, sectors, areas, series and people that an audience may name.
    """
    findings = Findings()
    top = Reader(load(data, findings), "the survey file", findings)
    top.format_version("herald_survey")
    languages = read_languages(top)
    mode = read_mode(top)
    pages_reader = PagesReader(top, languages, mode, known)
    pages = pages_reader.pages()
    questions = {question.id: question for page in pages for question in page.questions}
    privacy = PrivacyReader(_privacy(top), mode, questions, pages_reader.places).read()
    survey = SurveyFile(
        id=top.identifier("id", SURVEY_ID, ID_RULE),
        version=top.integer("version", low=1, high=1_000_000, required=True) or 1,
        title=languages.read(top, "title", TITLE),
        purpose=languages.read(top, "purpose", PURPOSE),
        owner=_owner(top),
        languages=languages.codes,
        audience=_audience(top, known, mode),
        channels=read_channels(top, mode),
        schedule=_schedule(top),
        privacy=privacy,
        limits=read_limits(top, privacy.cuts, questions, known),
        pages=pages,
        end=_end(top, languages),
        loop=_loop(top),
    )
    top.close()
    check_for_slack(survey, pages_reader.page_places, findings)
    advise(survey, pages_reader.places, findings, top.at("pages"))
    return findings.parsed(survey)


def _privacy(top: Reader) -> Reader:
    quiet = Reader(top.mapping, "the survey file", Findings())  # read_mode has told what is wrong with the block itself
    found = quiet.inside("privacy", "privacy")
    if found is None:
        return Reader(top.mapping, "privacy", Findings())
    return Reader(found.mapping, "privacy", top.findings)


def _audience(top: Reader, known: Known, mode: Mode) -> Audience | None:
    """The audience. E302: a handful of named people cannot be asked anonymously (reference 3.4)."""
    audience = read_audience(top, known)
    if mode == "anonymous" and audience is not None and audience.people:
        asked = len(audience.people)
        inner = top.inside("audience", "audience")
        if asked < FEWEST_ASKED and inner is not None:
            message = f"{asked} people cannot answer anonymously. Ask at least {FEWEST_ASKED}, or in another mode."
            top.error("E302", inner.at("people"), "audience", message)
    return audience


def _person_or_role(reader: Reader, key: str) -> str | None:
    scalar = reader.scalar(key, required=True, wanted="a person's e-mail address or a role")
    if scalar is None:
        return ""
    if scalar.text in ROLES:
        return scalar.text
    return values.email(scalar.text)


def _owner(top: Reader) -> str:
    owner = _person_or_role(top, "owner")
    if owner is None:
        said = top.text("owner")
        message = f"{quoted(said)} is neither an e-mail address nor a role.{did_you_mean(said, ROLES)}"
        top.error("E205", top.at("owner"), "owner", message)
    return owner or ""


def _schedule(top: Reader) -> Schedule:
    reader = top.inside("schedule", "schedule")
    if reader is None:
        return Schedule()
    zone = reader.timezone("timezone")
    opens, closes = reader.moment("opens", zone), reader.moment("closes", zone)
    reminders = _reminders(reader)
    schedule = Schedule(
        opens=opens,
        closes=closes,
        timezone=zone,
        grace_minutes=_grace(reader),
        reminders_after_days=reminders,
    )
    if opens is not None and closes is not None:
        _check_order(reader, opens, closes, reminders)
    reader.close()
    return schedule


def _grace(reader: Reader) -> int:
    minutes = reader.integer("grace_minutes", low=0, high=1440, default=60)
    return 60 if minutes is None else minutes


def _reminders(reader: Reader) -> tuple[int, ...]:
    key = "reminders_after_days"
    scalars = reader.scalars(key)
    days = [reader.as_integer(key, scalar, low=1, high=120) for scalar in scalars]
    found = tuple(day for day in days if day is not None)
    if len(scalars) > 2:
        message = f"there are {len(scalars)} reminders; two at most, so that nobody is pressed."
        reader.error("E213", reader.at(key), key, message)
    if list(found) != sorted(set(found)):
        reader.error("E209", reader.at(key), key, "the days must rise, each once, for example [3, 7].")
    return found


def _check_order(reader: Reader, opens: datetime, closes: datetime, reminders: tuple[int, ...]) -> None:
    if closes <= opens:
        message = "the survey closes before it opens. Give a later time."
        reader.error("E209", reader.at("closes"), "closes", message)
    elif closes - opens > LONGEST_OPEN:
        message = f"the survey is open for {(closes - opens).days} days; {LONGEST_OPEN.days} at most."
        reader.error("E209", reader.at("closes"), "closes", message)
    elif reminders and opens + timedelta(days=reminders[-1]) >= closes:
        message = f"a reminder after {reminders[-1]} days would come after the close. Take it out or close later."
        reader.error("E209", reader.at("reminders_after_days"), "reminders_after_days", message)


def _end(top: Reader, languages: Languages) -> LocalText:
    reader = top.inside("end", "end")
    if reader is None:
        return LocalText(((languages.codes[0], THANK_YOU),))
    text = languages.read(reader, "text", END)
    reader.close()
    return text


def _loop(top: Reader) -> Loop:
    reader = top.inside("loop", "loop", required=True)
    if reader is None:
        return Loop("", 28)
    owner = _person_or_role(reader, "owner")
    if owner is None:
        owner = reader.text("owner", longest=120)
        message = f"{quoted(owner)} is neither an e-mail address nor a role, so Herald can remind nobody."
        reader.warn("W205", reader.at("owner"), "loop", message)
    loop = Loop(owner, reader.integer("due_days", low=1, high=90, required=True) or 28)
    reader.close()
    return loop
