"""`herald bulletin opinions ID`: what readers thought of an edition, beside its series."""

from dataclasses import asdict

from bot.cli.shell import CannotDo, Shell
from bot.rules.opinions import StoryFigures, beside_the_usual
from bot.rules.release import FLOOR
from handlers.bulletins.opinions import Report, report_of
from handlers.bulletins.releasing import Refused, bulletin_of
from storage.unit_of_work import UnitOfWork


async def opinions(shell: Shell) -> None:
    """Prints a line for each story; nothing of one of which fewer than five said what they think."""

    async def work(uow: UnitOfWork) -> Report:
        return await report_of(uow, await bulletin_of(uow, shell.options.id))

    try:
        report = await shell.look(work)
    except Refused as refused:
        raise CannotDo(str(refused)) from refused
    if shell.as_json:
        shell.data(asdict(report))
        return
    shell.result(f"{report.bulletin_id}: sent to {report.recipients}.")
    for story in report.stories:
        shell.result(f"{story.number}. {story.title}: {_said(story, report.usual)}")
    if report.usual is not None:
        shell.result(f"The median of the series: {round(report.usual * 100)} % found a story useful.")
    for place, story in enumerate(report.best, start=1):
        begin = "Most useful of late: " if place == 1 else "                     "
        shell.result(f"{begin}{story.title} ({story.edition}), {story.useful} of {story.answered}")


def _said(story: StoryFigures, usual: float | None) -> str:
    if story.share is None:
        return f"fewer than {FLOOR} said what they think"
    beside = beside_the_usual(story.share, usual)
    words = f"{story.useful} useful, {story.not_useful} not useful ({round(story.share * 100)} % useful)"
    return f"{words}, {beside}" if beside else words
