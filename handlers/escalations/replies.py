"""What somebody reads whose press comes too late, is not theirs, or names nothing that Herald knows."""

from bot.conversation.prompt import Notice
from handlers.escalations.cases import Case
from handlers.partnership import calendar_of
from handlers.wording import local_moment
from storage.unit_of_work import UnitOfWork

NOT_FOUND = Notice("We cannot find this escalation", ("Check the reference, or ask the operations team.",))
NOT_YOURS = Notice(
    "This was sent to somebody else",
    ("So it stays with them. If that is wrong, the operations team can put it right.",),
)
NO_MORE_TIME = Notice(
    "No more time can be given now",
    (
        "It can be given once at a stage, before there is an answer; not at the last stage, and not in urgent matters. "
        "Nothing was changed.",
    ),
)


async def late(uow: UnitOfWork, case: Case) -> Notice:
    """Where things stand, for somebody whose button is old: which stage, who took it there, and when (E5)."""
    escalation, step = case.escalation, case.step
    if not case.is_open:
        return Notice(f"{escalation.reference} is closed", ("Nothing is needed of you any more. Thank you.",))
    where = f"stage {case.policy.number(step.stage)}, {case.stage.label}"
    if step.number == 1:
        return Notice("This has moved on", (f"{escalation.reference} is at {where}.",))
    when = local_moment(step.opened_at, await calendar_of(uow))
    mover = None if step.opened_by is None else await uow.people.get(step.opened_by)
    by = "because its time was over" if mover is None else f"by {mover.name}"
    return Notice("This has moved on", (f"{escalation.reference} was moved to {where}, {by}, on {when}.",))
