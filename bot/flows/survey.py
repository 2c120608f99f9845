"""A survey file as a talk: its pages become steps, in the language that the person chose.

A surface shows a step whole, so a question that depends on one of the same page, by its `show_if` or because its text
repeats the answer, begins a new step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.conversation.conditions import All, Answers, Any, Condition, questions_in
from bot.conversation.flow import MAX_TITLE, MODAL_AND_WEB, Choice, Flow, Kind, Question, Step, Surface
from bot.files.survey_model import SurveyFile, SurveyPage
from bot.flows.languages import english_name_of, name_of
from bot.flows.survey_asking import Asking, Offers
from bot.flows.survey_words import answers_in_words, minutes, repeated_in, repeats_answers, who_sees

__all__ = ["NAME", "language_of", "minutes", "survey_flow", "who_sees"]

NAME = "survey"
CHOOSE_LANGUAGE = "choose-language"
CHECK_FROM = 4  # reference/surveys-pledges.md 4.5: a check of answers when there are more than three questions
SURFACES = {"slack": Surface.MODAL, "dm": Surface.DM, "email": Surface.EMAIL, "web": Surface.WEB}
LANGUAGE = "talk-language"
"""The key of the language question: with a hyphen, which no id in a file can have."""
NOTHING_OFFERED = Offers()


def survey_flow(
    survey: SurveyFile, *, session: str = "", answers: Answers | None = None, offers: Offers = NOTHING_OFFERED
) -> Flow:
    """The talk. `session` names what an evaluation asks about; `answers` are those given so far, for its words."""
    language = language_of(survey, answers or {})
    asking = Asking(survey, language, answers_in_words(survey, answers or {}, language), offers)
    pages = tuple(step for page in survey.pages for step in _steps(page, asking))
    asked = sum(len(step.asked()) for step in pages)
    sensitive = any(question.sensitive for question in survey.questions())
    intro = (*((f"About “{session}”.",) if session else ()), *who_sees(survey))
    title = survey.title.said_in(language)
    several = len(survey.languages) > 1
    steps = (replace(pages[0], intro=intro), *pages[1:])
    return Flow(
        name=NAME,
        version=survey.version,
        title=title,
        short_title=_shortened(title),
        steps=tuple(
            replace(step, title=step.title or title) for step in ((_choose(survey),) if several else ()) + steps
        ),
        surfaces=_surfaces(survey, sensitive=sensitive),
        sensitive=sensitive,
        expires_after=timedelta(days=survey.privacy.retention_days.drafts),
        check=asked >= CHECK_FROM,
        check_intro=who_sees(survey),
        submit="Send my answers",
        follows_answers=several or repeats_answers(survey),
        language=language if several or language != "en" else "",
    )


def language_of(survey: SurveyFile, answers: Answers) -> str:
    """The language that was chosen, or the survey's first."""
    chosen = str(answers.get(LANGUAGE, ""))
    return chosen if chosen in survey.languages else survey.languages[0]


def _choose(survey: SurveyFile) -> Step:
    """The step before all others: which language, each under its own name."""
    which = Question(
        key=LANGUAGE,
        ask="Which language would you like?",
        kind=Kind.SINGLE,
        help=" / ".join(name_of(code) for code in survey.languages),
        choices=tuple(Choice(code, name_of(code), keywords=(english_name_of(code),)) for code in survey.languages),
        missing="Choose a language",
    )
    return Step(CHOOSE_LANGUAGE, "", (which,))


def _surfaces(survey: SurveyFile, *, sensitive: bool) -> frozenset[Surface]:
    """The channels of the file, and always the web: every invitation links to the form there (contract, Slack)."""
    chosen = {Surface.WEB, *(SURFACES[channel] for channel in survey.channels)}
    if survey.privacy.mode != "named":
        chosen.discard(Surface.EMAIL)  # reference/surveys-pledges.md 4.1: replies are read only in named mode
    return frozenset(chosen & MODAL_AND_WEB if sensitive else chosen)


def _steps(page: SurveyPage, asking: Asking) -> Iterator[Step]:
    for number, group in enumerate(_groups(page, asking), start=1):
        yield Step(
            key=page.id if number == 1 else f"{page.id}-{number}",  # ids of pages have no hyphens
            title=page.title.said_in(asking.language),
            questions=tuple(group),
            show_if=_shown_if(asking.condition(page.show_if), group),
        )


def _groups(page: SurveyPage, asking: Asking) -> list[list[Question]]:
    groups: list[list[Question]] = [[]]
    names = set[str]()
    for question in page.questions:
        repeats = bool(names & repeated_in(question))
        for asked in asking.asked(question):
            here = {other.key for other in groups[-1]}
            if repeats or here & set(questions_in(asked.show_if)):
                groups.append([])
                names.clear()
                repeats = False
            groups[-1].append(asked)
        names.add(question.id)
    return [group for group in groups if group]


def _shown_if(page: Condition | None, group: Sequence[Question]) -> Condition | None:
    """A step is part of the talk when its page is and at least one of its questions is."""
    parts = [question.show_if for question in group if question.show_if is not None]
    some = Any(tuple(parts)) if len(parts) == len(group) else None
    if page is None or some is None:
        return page or some
    return All((page, some))


def _shortened(title: str) -> str:
    """A title that a Slack modal can hold, never cut in the middle of a word that could stand whole."""
    if len(title) <= MAX_TITLE:
        return title
    whole_words = title[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(" ,:;–-")
    room = MAX_TITLE - 1
    return f"{(whole_words if 0 < len(whole_words) <= room else title[:room]).rstrip()}…"
