"""What a survey says: how many replied, and figures that give nobody away (bot/rules/survey_figures.py)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from bot.conversation.conditions import Answers
from bot.files.survey_model import SurveyFile, SurveyQuestion, Type
from bot.files.survey_piping import filled
from bot.flows.survey_folding import ROW, by_row
from bot.flows.survey_words import APART, NOTHING_SAID, offered
from bot.rules.release import publishable_total
from bot.rules.survey_figures import Asked, Cell, Figures, Rate, breakdown, comments, figures, rates
from handlers.partnership import calendar_of
from handlers.surveys.reading import SESSION, file_of, state_of, survey_of
from storage.surveys import CONFIDENTIAL, Reply
from storage.tables.surveys import Survey
from storage.unit_of_work import UnitOfWork

Json = dict[str, Any]
NOT_GIVEN = "not given"
NO_AGENCY = "no agency"


@dataclass(frozen=True, slots=True)
class Status:
    """How a survey stands. `replied` is None where it is hidden: fewer than the floor, in confidential mode."""

    id: str
    state: str
    invited: int
    replied: int | None
    floor: int

    def as_json(self) -> Json:
        """The shape of the contract."""
        return {"id": self.id, "state": self.state, "invited": self.invited, "replied": self.replied}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One cut: its id, its groups, and their words."""

    id: str
    cells: tuple[Cell, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that may be shown of a survey."""

    status: Status
    title: str
    mode: str
    rates: tuple[tuple[str, Rate], ...]
    questions: tuple[Figures, ...]
    cuts: tuple[Breakdown, ...]
    comments: Mapping[str, tuple[str, ...] | None]

    def as_json(self) -> Json:
        """The shape of the contract, with more keys; hidden figures are null."""
        return {
            **self.status.as_json(),
            "title": self.title,
            "mode": self.mode,
            "min_group": self.status.floor,
            "rates": [
                {
                    "value": rate.value,
                    "label": label,
                    "invited": rate.invited,
                    "replied": rate.replied,
                    "rate": share(rate),
                }
                for label, rate in self.rates
            ],
            "questions": _questions_json(self.questions),
            "cuts": [{"id": cut.id, "cells": [_cell_json(cut, cell) for cell in cut.cells]} for cut in self.cuts],
            "comments": {key: None if said is None else list(said) for key, said in self.comments.items()},
        }


def share(rate: Rate) -> float | None:
    """Replied of invited, between 0 and 1; None where it is hidden."""
    return None if rate.replied is None or not rate.invited else round(rate.replied / rate.invited, 3)


async def status_of(uow: UnitOfWork, *, survey_id: str) -> Status:
    """How a survey stands. Raises NoSuchSurvey."""
    return await _status(uow, await survey_of(uow, survey_id))


async def _status(uow: UnitOfWork, survey: Survey) -> Status:
    invited, replied = await uow.surveys.counts(survey.id)
    floor = file_of(survey).privacy.min_group
    shown = publishable_total(replied, floor) if survey.mode == CONFIDENTIAL and replied else replied
    return Status(survey.id, state_of(survey, uow.now), invited, shown, floor)


async def results_of(uow: UnitOfWork, *, survey_id: str) -> Json:
    """The results as data, or as they were kept when replies were deleted for age. Raises NoSuchSurvey."""
    survey = await survey_of(uow, survey_id)
    if survey.results is not None:
        return dict(survey.results)
    return (await live_results(uow, survey=survey)).as_json()


async def live_results(uow: UnitOfWork, *, survey: Survey) -> Results:
    """The results from the replies as they are now."""
    file = file_of(survey)
    replies = [_with_rows(file, reply) for reply in await uow.surveys.replies(survey.id)]
    floor, asked = file.privacy.min_group, asked_in(file, await _sessions(uow, file, replies))
    everybody = [reply.answers for reply in replies]
    return Results(
        status=await _status(uow, survey),
        title=survey.title,
        mode=survey.mode,
        rates=await _rates(uow, survey, floor=floor),
        questions=tuple(figures(question, everybody, floor=floor) for question in asked),
        cuts=await _cuts(uow, file, asked, replies),
        comments={
            question.id: comments(question.id, everybody, floor=file.privacy.min_group_comments)
            for question in asked
            if question.written
        },
    )


def asked_in(file: SurveyFile, sessions: Mapping[str, str] | None = None) -> tuple[Asked, ...]:
    """The questions of a file as the figures need them, a matrix followed by its rows; `sessions` are titles by id."""
    questions = (question for question in file.questions() if question.kind is not Type.INFO)
    return tuple(asked for question in questions for asked in _asked(question, sessions or {}))


def _asked(question: SurveyQuestion, sessions: Mapping[str, str]) -> Iterator[Asked]:
    values = tuple((value, label) for value, label in offered(question) if value not in APART)
    matrix = question.kind is Type.MATRIX
    if question.kind is Type.BOOKING:
        values = tuple(sessions.items())
    yield Asked(
        id=question.id,
        type=question.kind.value,
        text=_for_everybody(str(question.text)),
        values=() if matrix else values,
        measured=question.kind in (Type.SCALE, Type.NUMBER),
        ranked=question.kind is Type.RANK,
        written=question.kind in (Type.TEXT_SHORT, Type.TEXT_LONG),
        sensitive=question.sensitive,
    )
    for row in question.rows:
        text = _for_everybody(f"{question.text} – {row.text}")
        yield Asked(f"{question.id}{ROW}{row.id}", "scale", text, values, measured=True, sensitive=question.sensitive)


def _for_everybody(text: str) -> str:
    """A text that repeats an earlier answer, as it stands above figures: the answer differs from reply to reply."""
    return filled(text, lambda _answer: NOTHING_SAID)


def _with_rows(file: SurveyFile, reply: Reply) -> Reply:
    """The reply with each row of a matrix as an answer of its own, for the figures."""
    rows = {
        f"{question.id}{ROW}{row}": value
        for question in file.questions()
        if question.kind is Type.MATRIX and question.id in reply.answers
        for row, value in by_row(question, reply.answers[question.id]).items()
    }
    return replace(reply, answers={**reply.answers, **rows}) if rows else reply


async def _sessions(uow: UnitOfWork, file: SurveyFile, replies: Iterable[Reply]) -> dict[str, str]:
    """The titles of the sessions that replies have booked, with their local days."""
    asked = [question.id for question in file.questions() if question.kind is Type.BOOKING]
    answers = [answer for reply in replies for key in asked if isinstance(answer := reply.answers.get(key), tuple)]
    if not answers:
        return {}
    calendar = await calendar_of(uow)
    briefings = await uow.briefings.by_ids(sorted({answer[0] for answer in answers}))
    return {key: f"{each.title}, {calendar.local(each.starts_at):%d/%m/%Y}" for key, each in briefings.items()}


async def _rates(uow: UnitOfWork, survey: Survey, *, floor: int) -> tuple[tuple[str, Rate], ...]:
    counted = await uow.surveys.counts_by_agency(survey.id)
    names = {agency.id: agency.name for agency in await uow.people.agencies()}
    order = sorted(counted, key=lambda value: names.get(value, NO_AGENCY).casefold())
    found = rates(
        {value: counted[value][0] for value in order}, {value: counted[value][1] for value in order}, floor=floor
    )
    return tuple((names.get(rate.value, rate.value or NO_AGENCY), rate) for rate in found)


async def _cuts(
    uow: UnitOfWork, file: SurveyFile, asked: tuple[Asked, ...], replies: list[Reply]
) -> tuple[Breakdown, ...]:
    found = []
    for cut in file.privacy.cuts:
        labels = await _labels(uow, file, cut.id, cut.question)
        groups = _grouped(((str(reply.cuts.get(cut.id, "")), reply) for reply in replies), labels)
        found.append(Breakdown(cut.id, breakdown(asked, groups, floor=file.privacy.min_group), labels))
    if any(reply.about for reply in replies):
        briefings = await uow.briefings.by_ids(sorted({reply.about for reply in replies}))
        labels = {key: f"{briefing.title}, {briefing.starts_at:%d/%m/%Y}" for key, briefing in briefings.items()}
        groups = _grouped(((reply.about, reply) for reply in replies), labels)
        found.append(Breakdown(SESSION, breakdown(asked, groups, floor=file.privacy.min_group), labels))
    return tuple(found)


def _grouped(placed: Iterable[tuple[str, Reply]], labels: Mapping[str, str]) -> dict[str, list[Answers]]:
    """Replies by group, the groups in the order of their words, those that gave none last."""
    groups: dict[str, list[Answers]] = {}
    for value, reply in placed:
        groups.setdefault(value, []).append(reply.answers)
    order = sorted(groups, key=lambda value: (not value, labels.get(value, value).casefold()))
    return {value: groups[value] for value in order}


async def _labels(uow: UnitOfWork, file: SurveyFile, cut: str, question: str) -> dict[str, str]:
    if question:
        return {value: label for each in file.questions() if each.id == question for value, label in offered(each)}
    if cut == "agency":
        return {agency.id: agency.name for agency in await uow.people.agencies()}
    return {"no": "not a champion", "mailing-list": "mailing list"} if cut == "champion" else {}


def label_in(labels: Mapping[str, str], value: str) -> str:
    """A group in words."""
    return labels.get(value, value) or NOT_GIVEN


def _questions_json(figures: Sequence[Figures]) -> list[Json]:
    """One entry for each question of the file; those of a matrix hold one for each row."""
    found: list[Json] = []
    for each in figures:
        if ROW in each.asked.id:
            found[-1].setdefault("rows", []).append(_figures_json(each))
        else:
            found.append(_figures_json(each))
    return found


def _figures_json(each: Figures) -> Json:
    return {
        "id": each.asked.id,
        "type": each.asked.type,
        "text": each.asked.text,
        "answered": each.answered,
        "choices": [
            {"value": value, "label": label, "n": n, **({"mean_place": place} if each.asked.ranked else {})}
            for (value, label), n, place in zip_longest(each.asked.values, each.counts, each.places)
        ],
        "mean": each.mean,
        "not_applicable": each.not_applicable,
        "prefer_not": each.prefer_not,
    }


def _cell_json(cut: Breakdown, cell: Cell) -> Json:
    return {
        "value": cell.value,
        "label": label_in(cut.labels, cell.value),
        "n": cell.n,
        "questions": _questions_json(cell.questions),
    }
