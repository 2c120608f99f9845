"""Lists of escalations: those that are mine, what they ask of me, and the board of the escalation lead with its clocks.

Nothing of what was written stands in a list, so none is a reading of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.flows.escalation import KINDS
from bot.links import Button, Purpose
from bot.rules.calendar import WorkingCalendar
from bot.rules.escalation_access import Standing, may_acknowledge, may_read, may_see
from bot.rules.escalation_policy import EscalationPolicy, Urgency
from bot.rules.escalation_states import OPEN, NextStep, State
from handlers.acts import Need, Opens
from handlers.escalations.clock import next_of_all, what_is_next
from handlers.escalations.saying import (
    LATE_MESSAGE,
    RUN_OUT,
    length_in_words,
    part_in_words,
    state_in_words,
    time_left,
)
from handlers.escalations.stages import acknowledge_by, had_it
from handlers.escalations.standing import known_of
from handlers.partnership import calendar_of
from handlers.policies import policy_version
from handlers.wording import local_moment
from storage.escalation_history import all_open, concerning, contacts_of, lately_closed, learning_of, troubles
from storage.tables.escalations import Escalation, EscalationContact, EscalationStep
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

MINE_SHOWN = 200
CLOSED_SHOWN = 50
UNANSWERED = (State.AWAITING_ACK, State.ACKNOWLEDGED, State.RETHINK)


@dataclass(frozen=True, slots=True)
class Clock:
    """Something that has to happen by a moment, and how much of its time is left."""

    what: str
    by: datetime
    left: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One escalation in a list. `part` is how the reader stands to it.

    `held_by` has it on the other side; `had_by` took it on and has it no more, and somebody is wanted again.

    `warnings` are what somebody should look at: messages that do not leave, a learning note that is owed.
    """

    escalation: Escalation
    step: EscalationStep
    kind: str
    stage: str
    place: int
    places: int
    stands: str
    raising: str
    other: str
    clocks: tuple[Clock, ...] = ()
    next: NextStep | None = None
    held_by: str = ""
    had_by: str = ""
    part: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen."""
        return self.escalation.state in OPEN

    @property
    def urgent(self) -> bool:
        """Whether every hour counts."""
        return self.escalation.urgency == Urgency.URGENT

    @property
    def waits(self) -> bool:
        """Whether somebody has to take it on, for the first time or again."""
        return self.escalation.state == State.AWAITING_ACK

    @property
    def late(self) -> bool:
        """Whether a clock has run out."""
        return any(clock.over for clock in self.clocks)


@dataclass(frozen=True, slots=True)
class Board:
    """The board of the escalation lead: the open ones, the nearest clock first, and those that ended last."""

    open: tuple[Line, ...]
    closed: tuple[Line, ...]


async def board_of(uow: UnitOfWork) -> Board:
    """Every open escalation with its clocks, and the latest closed ones."""
    running = await lines_of(uow, await all_open(uow))
    closed = await lines_of(uow, await lately_closed(uow, limit=CLOSED_SHOWN))
    return Board(tuple(sorted(running, key=_nearest_first)), tuple(closed))


async def mine_of(uow: UnitOfWork, person: Person) -> tuple[Line, ...]:
    """What this person raised, speaks for, or was told of, while they may still see it: the open ones first."""
    parts: dict[int, str] = {}
    found = []
    for escalation, standing in await _seen_by(uow, person):
        found.append(escalation)
        parts[escalation.id] = part_in_words(standing)
    lines = [
        replace(line, part=parts[line.escalation.id], warnings=_of_practice(line.escalation))
        for line in await lines_of(uow, found)
    ]
    running = sorted((line for line in lines if line.is_open), key=_nearest_first)
    return (*running, *(line for line in lines if not line.is_open))


async def lines_of(uow: UnitOfWork, escalations: Iterable[Escalation]) -> list[Line]:
    """A line for each, in the order given."""
    several = list(escalations)
    steps = {step.escalation_id: step for step in await uow.escalations.steps([each.id for each in several])}
    contacts = await contacts_of(uow, [step.id for step in steps.values()])
    agencies = {agency.id: agency.name for agency in await uow.people.agencies()}
    before = {step.id: had_it(step, contacts[step.id]) for step in steps.values()}
    took_on = {step.acknowledged_by for step in steps.values()} | {each.person_id for each in before.values() if each}
    people = await uow.people.by_ids(number for number in took_on if number is not None)
    names = {number: person.name for number, person in people.items()}
    versions = await _policies_of(uow, several)
    warnings = await _warnings(uow, several)
    calendar = await calendar_of(uow)
    following = await _next_of(uow, [each for each in several if each.state in OPEN])
    lines = []
    for escalation in several:
        step, policy = steps[escalation.id], versions[escalation.policy_version]
        gone = before[step.id]
        line = _line(escalation, step, policy, agencies)
        if line.is_open:
            line = replace(
                line,
                clocks=_clocks(escalation, step, contacts[step.id], uow.now, calendar),
                next=following.get(escalation.reference),
                held_by=names.get(step.acknowledged_by or 0, ""),
                had_by="" if gone is None else names.get(gone.person_id or 0, "A colleague"),
            )
        lines.append(replace(line, warnings=warnings.get(escalation.reference, ())))
    return lines


async def _policies_of(uow: UnitOfWork, several: Iterable[Escalation]) -> dict[str, EscalationPolicy]:
    """The versions of the policy by which these run: few, however many run by each."""
    return {version: await policy_version(uow, version) for version in {each.policy_version for each in several}}


async def _next_of(uow: UnitOfWork, running: list[Escalation]) -> dict[str, NextStep | None]:
    """What comes next, by reference: one is asked for alone, several are found among all."""
    if len(running) == 1:
        return {running[0].reference: await what_is_next(uow, running[0])}
    return {each.reference: following for each, following in await next_of_all(uow)} if running else {}


def _line(escalation: Escalation, step: EscalationStep, policy: EscalationPolicy, agencies: dict[str, str]) -> Line:
    kinds = {choice.value: choice.label for choice in KINDS}
    return Line(
        escalation=escalation,
        step=step,
        kind=kinds.get(escalation.kind, escalation.kind),
        stage=policy.stage(escalation.stage).label,
        place=policy.number(escalation.stage),
        places=len(policy.stages),
        stands=state_in_words(escalation.state),
        raising=agencies.get(escalation.raising_agency, "no agency"),
        other=agencies.get(escalation.other_agency, escalation.other_agency),
    )


def _clocks(
    escalation: Escalation,
    step: EscalationStep,
    contacts: Iterable[EscalationContact],
    now: datetime,
    calendar: WorkingCalendar,
) -> tuple[Clock, ...]:
    urgent = escalation.urgency == Urgency.URGENT

    def clock(what: str, by: datetime) -> Clock:
        return Clock(what, by, time_left(now, by, calendar, urgent=urgent), by <= now)

    if escalation.state not in UNANSWERED:
        return ()
    answer = clock("Answer", step.answer_by)
    if escalation.state != State.AWAITING_ACK:
        return (answer,)
    return (clock("Take on", acknowledge_by(step, contacts)), answer)


async def _warnings(uow: UnitOfWork, several: Iterable[Escalation]) -> dict[str, tuple[str, ...]]:
    """What the escalation lead should look at, by reference."""
    found: dict[str, list[str]] = {}
    stuck = await troubles(uow, queued_before=uow.now - LATE_MESSAGE)
    owed = await learning_of(uow, [each.id for each in several])
    for each in several:
        said: list[str] = []
        trouble = stuck.get(each.reference)
        said += _of_practice(each)
        if trouble is not None and trouble.waiting_since is not None:
            said.append(f"A message has waited {length_in_words(uow.now - trouble.waiting_since)} to leave")
        if trouble is not None and trouble.failed:
            said.append("A message did not reach anybody")
        note = owed.get(each.id)
        if each.state not in OPEN and note is not None and note.written_at is None:
            said.append("What was learned is not written yet")
        found[each.reference] = said
    return {reference: tuple(said) for reference, said in found.items()}


def _of_practice(escalation: Escalation) -> tuple[str, ...]:
    return ("Practice: nobody outside the operations team is told",) if escalation.practice else ()


def _nearest_first(line: Line) -> tuple[bool, datetime]:
    return not line.late, min(
        (clock.by for clock in line.clocks), default=line.next.at if line.next else line.step.opened_at
    )


async def _seen_by(uow: UnitOfWork, person: Person, *, only_open: bool = False) -> list[tuple[Escalation, Standing]]:
    found = await concerning(uow, person, limit=MINE_SHOWN, only_open=only_open)
    known = await known_of(uow, found, [person])
    pairs = [(each, known.standing(each, person)) for each in found]
    return [(each, standing) for each, standing in pairs if may_see(standing)]


async def needs(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Escalations that wait for this person: to take on, to answer, to say what happens next."""
    return tuple(need for *_, need in await _with_needs(uow, person) if need is not None)


async def mine(uow: UnitOfWork, person: Person) -> tuple[Need, ...]:
    """Open escalations that this person has a part in, and where they stand, unless they ask for something."""
    several, found = [each for each in await _with_needs(uow, person) if each[2] is None], []
    policies = await _policies_of(uow, [escalation for escalation, _, _ in several])
    for escalation, step, _ in several:
        stage = policies[escalation.policy_version].stage(step.stage).label
        button = Button("See where it stands", Purpose.ALERT, f"{escalation.reference}/{step.number}", "read")
        line = f"{stage}: {state_in_words(escalation.state)}"
        line += _run_out(step.answer_by, uow.now) if escalation.state in UNANSWERED else ""
        found.append(_marked(escalation, Need(f"Escalation {escalation.reference}", line, (button,))))
    return tuple(found)


async def _with_needs(uow: UnitOfWork, person: Person) -> list[tuple[Escalation, EscalationStep, Need | None]]:
    """This person's open escalations with the present step, and what each asks of them.

    What was raised in practice asks nothing of anybody once Herald is live, before a sweep has ended it too.
    """
    seen = await _seen_by(uow, person, only_open=True)
    seen = [(each, standing) for each, standing in seen if not (each.practice and uow.sending.live)]
    steps = {step.escalation_id: step for step in await uow.escalations.steps([each.id for each, _ in seen])}
    contacts = await contacts_of(uow, [step.id for step in steps.values()])
    calendar = await calendar_of(uow)
    found: list[tuple[Escalation, EscalationStep, Need | None]] = []
    for escalation, standing in seen:
        step, need = steps[escalation.id], None
        if standing.holder:
            need = _asked_of_the_raiser(escalation, step, now=uow.now)
        elif standing.now and escalation.state in UNANSWERED and may_acknowledge(standing):
            take_on_by = acknowledge_by(step, contacts[step.id])
            need = _asked_of_the_other(escalation, step, standing, person, calendar, take_on_by=take_on_by, now=uow.now)
        found.append((escalation, step, None if need is None else _marked(escalation, need)))
    return found


def _run_out(by: datetime, now: datetime) -> str:
    return f". {RUN_OUT.capitalize()}" if by <= now else ""


def _presses(escalation: Escalation, by: datetime, now: datetime) -> bool:
    """Whether it is to be called urgent: it was raised so, or its time has run out."""
    return escalation.urgency == Urgency.URGENT or by <= now


def _marked(escalation: Escalation, need: Need) -> Need:
    return replace(need, line=f"Practice. {need.line}") if escalation.practice else need


def _asked_of_the_other(
    escalation: Escalation,
    step: EscalationStep,
    standing: Standing,
    person: Person,
    calendar: WorkingCalendar,
    *,
    take_on_by: datetime,
    now: datetime,
) -> Need:
    about, waits = f"{escalation.reference}/{step.number}", escalation.state == State.AWAITING_ACK
    line = f"Answer by {local_moment(step.answer_by, calendar)}{_run_out(step.answer_by, now)}"
    if waits:
        line = f"Say that you have it by {local_moment(take_on_by, calendar)}{_run_out(take_on_by, now)}. {line}"
    elif step.acknowledged_by != person.id:
        line = f"A colleague has it. {line}"
    have = (Button("I have this", Purpose.ALERT, about, "acknowledge"),) if waits else ()
    answer = (Button("Answer", Purpose.ALERT, about, "answer"),) if may_read(standing) else ()
    see = Button("Read it" if may_read(standing) else "See where it stands", Purpose.ALERT, about, "read")
    presses = _presses(escalation, take_on_by if waits else step.answer_by, now)
    return Need(f"Escalation {escalation.reference}", line, (*have, *answer, see), urgent=presses)


def _asked_of_the_raiser(escalation: Escalation, step: EscalationStep, *, now: datetime) -> Need | None:
    about = f"{escalation.reference}/{step.number}"
    further = Button("Take it further", Purpose.ESCALATION, about, "advance")
    if escalation.state == State.RESPONDED:
        read = Button("Read the answer", Purpose.ESCALATION, about, "read")
        settles = Button("This settles it", Purpose.ESCALATION, about, "resolve")
        urgent = escalation.urgency == Urgency.URGENT
        return Need(
            f"{escalation.reference} is answered", "Does this settle it?", (read, settles, further), urgent=urgent
        )
    if escalation.state in UNANSWERED and escalation.asked_raiser_at is not None and step.answer_by <= now:
        more = Button("See what you can do", Purpose.ESCALATION, about, "read")
        title = f"{escalation.reference} was not answered in time"
        return Need(title, "If you say nothing it moves on by itself.", (further, more), urgent=True)
    return None


async def words(_uow: UnitOfWork, _person: Person, _rest: str) -> Opens:
    """`escalate`: opens the talk."""
    return Opens("escalation")
