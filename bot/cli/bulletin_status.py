"""`herald bulletin status` and `recipients`: how far an edition has come, when it is finished, who got it."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.cli.shell import CannotDo, Shell
from bot.rules.edition_states import CAN_CHANGE
from bot.settings import MailSettings
from handlers.bulletins.checking import Checked, check_edition
from handlers.bulletins.finding import Refused, bulletin_of
from handlers.bulletins.progress import Progress, progress_of
from handlers.bulletins.recipient_words import filter_named
from handlers.bulletins.recipients import as_csv
from handlers.bulletins.status import Status, status_of
from storage.tables.bulletins import Bulletin
from storage.unit_of_work import UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures of an edition and how it gets on; `progress` is None before it has begun, `checked` once it has."""

    figures: Status
    progress: Progress | None
    checked: Checked | None = None

    def as_json(self) -> dict[str, object]:
        """The figures of the contract, and when it is finished: `eta` (null when nobody can say), `rate_per_minute`,
        `relay` (null, or why mail rests), `summary` in words, `checks` (null once it has begun)."""
        progress = self.progress
        rest = progress.rest if progress is not None else None
        ends_at = progress.ends_at if progress is not None else None
        relay = None
        if rest is not None:
            again = rest.retry_at.isoformat() if rest.retry_at else None
            relay = {"reason": rest.reason, "last_reply": rest.last_reply, "retry_at": again}
        return {
            **self.figures.as_json(),
            "eta": None if ends_at is None else ends_at.isoformat(),
            "rate_per_minute": progress.a_minute if progress is not None else 0.0,
            "relay": relay,
            "summary": list(progress.lines) if progress is not None else [],
            "checks": None if self.checked is None else self.checked.as_json(),
        }


async def standing_of(uow: UnitOfWork, row: Bulletin, *, mail: MailSettings | None) -> Standing:
    """How an edition stands now."""
    figures = await status_of(uow, row)
    return Standing(figures, None if row.began_at is None else await progress_of(uow, row, figures, mail=mail))


async def status(shell: Shell) -> None:
    """Prints how far an edition has come."""

    async def work(uow: UnitOfWork) -> Standing:
        row = await bulletin_of(uow, shell.options.id)
        standing = await standing_of(uow, row, mail=shell.settings.mail)
        return replace(standing, checked=await check_edition(uow, row)) if row.state in CAN_CHANGE else standing

    show(shell, await refused_in_words(shell.look(work)))


async def recipients(shell: Shell) -> None:
    """Prints everybody who was to get an edition, with what became of it, as a table."""

    async def work(uow: UnitOfWork) -> str:
        row = await bulletin_of(uow, shell.options.id)
        return await as_csv(uow, row, chosen=filter_named(shell.options.show or ""))

    shell.result((await refused_in_words(shell.look(work))).rstrip())


async def refused_in_words(work: Awaitable[T]) -> T:
    """The same work; what cannot be done ends the command with its reason. Raises CannotDo."""
    try:
        return await work
    except Refused as refused:
        raise CannotDo(str(refused)) from refused


def show(shell: Shell, standing: Standing) -> None:
    """Prints how an edition stands: a line, a small table, and how it gets on."""
    if shell.as_json:
        shell.data(standing.as_json())
        return
    figures = standing.figures
    shell.result(f"{figures.id} is {figures.state}: {figures.recipients} recipients.")
    counts = {
        "sent": figures.sent,
        "waiting": figures.queued,
        "failed": figures.failed,
        "uncertain": figures.uncertain,
        "suppressed": figures.suppressed,
        "practice": figures.practice,
        "called off": figures.cancelled,
    }
    for word, number in counts.items():
        if number:
            shell.result(f"  {word:<12}{number:>8,}")
    for line in standing.progress.lines if standing.progress is not None else ():
        shell.result(line)
    for line in standing.checked.lines if standing.checked is not None else ():
        shell.result(line)
