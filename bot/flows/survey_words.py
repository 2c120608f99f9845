"""What a survey says: how long it takes, who sees the answers, and the words of everything that can be answered."""

from collections.abc import Callable, Sequence

from bot.conversation.conditions import Answer, Answers, holds
from bot.conversation.flow import YES_NO
from bot.conversation.reading import long_date
from bot.files.survey_advice import seconds
from bot.files.survey_model import NOT_APPLICABLE, PREFER_NOT, SurveyFile, SurveyQuestion, Type
from bot.files.survey_piping import pipes_in
from bot.files.values import day
from bot.flows.languages import own_word
from bot.flows.pledge import LIBRARY, OWN_WORDS
from bot.flows.survey_folding import fold

APART = {NOT_APPLICABLE: "Does not apply to me", PREFER_NOT: "I would rather not say"}
"""Answers that are counted apart and never in a mean, in the words shown."""
OWN_PLEDGE = "Something else, in my own words"
NOTHING_SAID = "…"


def minutes(survey: SurveyFile) -> int:
    """How long it takes, in whole minutes, one at least: truthful for somebody who answers every question."""
    return max(1, round(sum(map(seconds, survey.questions())) / 60))


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


def offered(question: SurveyQuestion, language: str = "") -> tuple[tuple[str, str], ...]:
    """Everything that a choosing question can be answered with, as (value, words); empty for the other types.

    `language` is one of the survey's; without it the words are those of the first.
    """
    match question.kind:
        case Type.SINGLE | Type.MULTI | Type.RANK:
            own = tuple((choice.value, choice.label.said_in(language)) for choice in question.choices)
        case Type.SCALE | Type.MATRIX:
            own = tuple((str(point.value), point.label.said_in(language)) for point in question.points)
        case Type.YES_NO:
            own = tuple((choice.value, own_word(language, choice.value, choice.label)) for choice in YES_NO)
        case Type.PLEDGE:
            own = (*((choice.value, choice.label) for choice in LIBRARY), (OWN_WORDS, OWN_PLEDGE))
        case _:
            return ()
    apart = ((NOT_APPLICABLE, question.not_applicable), (PREFER_NOT, question.prefer_not))
    return own + tuple((value, own_word(language, value, APART[value])) for value, given in apart if given)


def repeats_answers(survey: SurveyFile) -> bool:
    """Whether any text repeats the answer to an earlier question."""
    return any(repeated_in(question) for question in survey.questions())


def repeated_in(question: SurveyQuestion) -> frozenset[str]:
    """The questions whose answers the text or the help of this one repeats, in whatever language."""
    every = (text for words in (question.text, question.help) for _, text in words.texts)
    return frozenset(name for text in every for name in pipes_in(text))


def answers_in_words(survey: SurveyFile, answers: Answers, language: str) -> Callable[[str], str]:
    """The words with which an answer is repeated in a later text; `…` for one that was not given or is not asked now.

    `answers` are those of the talk so far.
    """
    given = fold(survey, answers)
    by_id = {question.id: question for question in survey.questions()}
    pages = {question.id: page for page in survey.pages for question in page.questions}

    def words_of(name: str) -> str:
        question, answer = by_id.get(name), given.get(name)
        if question is None or answer is None or question.sensitive:
            return NOTHING_SAID
        if not (holds(pages[name].show_if, given) and holds(question.show_if, given)):
            return NOTHING_SAID
        return in_words(question, answer, language)

    return words_of


def in_words(question: SurveyQuestion, answer: Answer, language: str = "") -> str:
    """An answer to a question of the file as people read it."""
    labels = dict(offered(question, language))
    if isinstance(answer, tuple):
        return ", ".join(labels.get(value, value) for value in answer)
    if question.kind is Type.DATE and (on := day(str(answer))) is not None:
        return long_date(on)
    return labels.get(str(answer), str(answer))
