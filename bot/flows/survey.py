"""A survey file as a talk: its pages become steps, in the file's first language.

A surface shows a step whole, so a question whose `show_if` looks at a question on the same page begins a new step.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.conversation.conditions import All, Any, Condition, questions_in
from bot.conversation.flow import (
    MAX_LABEL,
    MAX_TITLE,
    MODAL_AND_WEB,
    YES_NO,
    Choice,
    Flow,
    Kind,
    Question,
    Step,
    Surface,
)
from bot.files.survey_advice import SECONDS, USUAL_SECONDS
from bot.files.survey_model import NOT_APPLICABLE, PREFER_NOT, SurveyFile, SurveyPage, SurveyQuestion

NAME = "survey"
CHECK_FROM = 4  # reference/surveys-pledges.md 4.5: a check of answers when there are more than three questions
SURFACES = {"slack": Surface.MODAL, "dm": Surface.DM, "email": Surface.EMAIL, "web": Surface.WEB}
APART = {NOT_APPLICABLE: "Does not apply to me", PREFER_NOT: "I would rather not say"}
"""Answers that are counted apart and never in a mean, in the words shown."""


def survey_flow(survey: SurveyFile, *, session: str = "") -> Flow:
    """The talk. `session` names what an evaluation asks about."""
    steps = tuple(step for page in survey.pages for step in _steps(page))
    asked = sum(len(step.asked()) for step in steps)
    sensitive = any(question.sensitive for question in survey.questions())
    first = steps[0]
    intro = (*((f"About “{session}”.",) if session else ()), *who_sees(survey))
    begun = Step(first.key, first.title or str(survey.title), first.questions, intro, first.show_if, first.submit)
    return Flow(
        name=NAME,
        version=survey.version,
        title=str(survey.title),
        short_title=_shortened(str(survey.title)),
        steps=(begun, *(_titled(step, survey) for step in steps[1:])),
        surfaces=_surfaces(survey, sensitive=sensitive),
        sensitive=sensitive,
        expires_after=timedelta(days=survey.privacy.retention_days.drafts),
        check=asked >= CHECK_FROM,
        check_intro=who_sees(survey),
        submit="Send my answers",
    )


def minutes(survey: SurveyFile) -> int:
    """How long it takes, in whole minutes, one at least: truthful for somebody who answers every question."""
    seconds = sum(SECONDS.get(question.kind, USUAL_SECONDS) for question in survey.questions())
    return max(1, round(seconds / 60))


def who_sees(survey: SurveyFile) -> tuple[str, ...]:
    """What happens to the answers, in words that are true of this survey's mode: said before anything is asked."""
    if survey.privacy.mode == "named":
        return (
            "Your name is kept with your answers. The partnership's operations team may read both.",
            f"Reports show figures only, and never for fewer than {survey.privacy.min_group} people.",
        )
    kept = [cut.id.replace("_", " ") for cut in survey.privacy.cuts if cut.source == "roster"]
    beside = f" Your {_and(kept)} {'is' if len(kept) == 1 else 'are'} kept beside them." if kept else ""
    return (
        "Confidential, which is not the same as anonymous: your answers are kept under a code, not under your name. "
        f"Only Herald's secret key leads from the code to you.{beside}",
        f"The operations team sees figures, never for fewer than {survey.privacy.min_group} people, and comments "
        f"without names once {survey.privacy.min_group_comments} people have written one.",
    )


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _surfaces(survey: SurveyFile, *, sensitive: bool) -> frozenset[Surface]:
    """The channels of the file, and always the web: every invitation links to the form there (contract, Slack)."""
    chosen = {Surface.WEB, *(SURFACES[channel] for channel in survey.channels)}
    if survey.privacy.mode != "named":
        chosen.discard(Surface.EMAIL)  # reference/surveys-pledges.md 4.1: replies are read only in named mode
    return frozenset(chosen & MODAL_AND_WEB if sensitive else chosen)


def _steps(page: SurveyPage) -> Iterator[Step]:
    for number, group in enumerate(_groups(page.questions), start=1):
        yield Step(
            key=page.id if number == 1 else f"{page.id}-{number}",  # ids of pages have no hyphens
            title=str(page.title),
            questions=tuple(_question(question) for question in group),
            show_if=_shown_if(page, group),
        )


def _groups(questions: Sequence[SurveyQuestion]) -> list[list[SurveyQuestion]]:
    groups: list[list[SurveyQuestion]] = [[]]
    for question in questions:
        here = {other.id for other in groups[-1]}
        if here & set(questions_in(question.show_if)):
            groups.append([])
        groups[-1].append(question)
    return [group for group in groups if group]


def _shown_if(page: SurveyPage, group: Sequence[SurveyQuestion]) -> Condition | None:
    """A step is part of the talk when its page is and at least one of its questions is."""
    parts = [question.show_if for question in group if question.show_if is not None]
    some = Any(tuple(parts)) if len(parts) == len(group) else None
    if page.show_if is None or some is None:
        return page.show_if or some
    return All((page.show_if, some))


def _titled(step: Step, survey: SurveyFile) -> Step:
    return step if step.title else Step(step.key, str(survey.title), step.questions, step.intro, step.show_if)


def _question(question: SurveyQuestion) -> Question:
    return Question(
        key=question.id,
        ask=str(question.text),
        kind=question.kind,
        help=str(question.help),
        required=question.required,
        choices=_choices(question),
        max_length=question.max_length,
        minimum=question.minimum,
        maximum=question.maximum,
        earliest=question.earliest,
        latest=question.latest,
        sensitive=question.sensitive,
        show_if=question.show_if,
    )


def _choices(question: SurveyQuestion) -> tuple[Choice, ...]:
    if question.kind is Kind.YES_NO and not (question.not_applicable or question.prefer_not):
        return YES_NO
    named = offered(question)
    if question.kind is Kind.SCALE:
        return tuple(Choice(value, label if value in APART else _point(value, label)) for value, label in named)
    return tuple(Choice(value, label) for value, label in named)


def offered(question: SurveyQuestion) -> tuple[tuple[str, str], ...]:
    """Everything that a choosing question can be answered with, as (value, words); empty for the other kinds."""
    match question.kind:
        case Kind.SINGLE | Kind.MULTI:
            own = tuple((choice.value, str(choice.label)) for choice in question.choices)
        case Kind.SCALE:
            own = tuple((str(point.value), str(point.label)) for point in question.points)
        case Kind.YES_NO:
            own = tuple((choice.value, choice.label) for choice in YES_NO)
        case _:
            return ()
    apart = ((NOT_APPLICABLE, question.not_applicable), (PREFER_NOT, question.prefer_not))
    return own + tuple((value, APART[value]) for value, given in apart if given)


def _point(value: str, label: str) -> str:
    """A point with its number, so that everybody sees where it stands on the scale."""
    return value if label in ("", value) else f"{value} – {label}"[:MAX_LABEL]


def _shortened(title: str) -> str:
    """A title that a Slack modal can hold, never cut in the middle of a word that could stand whole."""
    if len(title) <= MAX_TITLE:
        return title
    whole_words = title[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(" ,:;–-")
    room = MAX_TITLE - 1
    return f"{(whole_words if 0 < len(whole_words) <= room else title[:room]).rstrip()}…"
