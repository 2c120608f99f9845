"""`herald bulletin …`: look at an edition as any reader, try it out, release it, follow it."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.cli.bulletin_status import Standing, refused_in_words, show, standing_of
from bot.cli.people import find
from bot.cli.shell import BadUsage, CannotDo, Shell
from bot.files.values import moment
from bot.rendering.bulletin import Edition, Reader
from bot.rendering.mime import wire_bytes
from bot.settings import MailSettings
from digests.compose import Addressee, Desk
from digests.compose_bulletin import Preview
from digests.compose_bulletin import preview as preview_of
from digests.messages.kinds import Writing
from handlers.bulletins import releasing
from handlers.bulletins.finding import bulletin_of
from handlers.bulletins.loading import edition_of, readers_of
from handlers.bulletins.missed import send_to_missed
from handlers.partnership import calendar_of, partnership_of
from handlers.wording import local_moment
from storage.tables.bulletins import Bulletin
from storage.tables.deliveries import Channel
from storage.tables.people import Person
from storage.unit_of_work import UnitOfWork

NOBODY_IN_PARTICULAR = Addressee("reader@example.org", "reader")


async def preview(shell: Shell) -> None:
    """Prints an edition as a reader would get it; its personal links lead nowhere."""
    base_url, mail = shell.settings.base_url, shell.settings.mail or MailSettings(smtp_url="")

    async def work(uow: UnitOfWork) -> Preview:
        row = await bulletin_of(uow, shell.options.id)
        edition = await edition_of(uow, row, base_url=base_url)
        to, reader = await _reader(uow, edition, shell.options.reader)
        writing = Writing(await partnership_of(uow), uow.now, base_url)
        return preview_of(edition, reader, to=to, desk=Desk(writing, mail, uow.keyring, live=shell.settings.live))

    found = await refused_in_words(shell.look(work))
    match shell.options.format:
        case "html":
            shell.result(found.letter.html)
        case "slack":
            shell.result(json.dumps({"text": found.slack.text, "blocks": found.slack.blocks}, indent=2))
        case "eml":
            shell.out.flush()
            sys.stdout.buffer.write(wire_bytes(found.letter))
        case _:
            shell.result(found.letter.text)


async def _reader(uow: UnitOfWork, edition: Edition, email: str | None) -> tuple[Addressee, Reader]:
    if not email:
        return NOBODY_IN_PARTICULAR, Reader()
    person = await find(uow, email)
    shown = await readers_of(uow, edition, [person.id])
    return Addressee(person.email, person.name, person.id, person.slack_id, person.link_epoch), shown[person.id]


async def test(shell: Shell) -> None:
    """Queues an edition for one person, marked as a test."""

    async def work(uow: UnitOfWork) -> releasing.Tested:
        to = await find(uow, shell.options.to)
        return await releasing.send_test(uow, bulletin_id=shell.options.id, to=to)

    told = await refused_in_words(shell.change(work))
    if told.practice:
        why = "Practice mode holds it back, because they are not in the operations team"
        raise CannotDo(f"{why}. Send the test to somebody who is, or set HERALD_MODE=live.")
    if shell.as_json:
        shell.data({"id": shell.options.id, "to": shell.options.to, "queued": told.queued})
    way = "in Slack" if told.channel is Channel.SLACK else "by e-mail"
    shell.say(f"On its way to {shell.options.to} {way}, as soon as a worker runs.")


async def approve(shell: Shell) -> None:
    """Releases an edition as a second person."""

    async def work(uow: UnitOfWork) -> Bulletin:
        by: Person = await find(uow, shell.options.by)
        return await releasing.approve(uow, bulletin_id=shell.options.id, by=by)

    await _release(shell, work)


async def send(shell: Shell) -> None:
    """Sends an approved edition at a time, or now; or one that was sent, to those who missed it."""
    if shell.options.missed:
        await _send_to_missed(shell)
        return

    async def work(uow: UnitOfWork) -> Bulletin:
        at, last = await _at(uow, shell.options.at), await _at(uow, shell.options.not_after)
        by = await _publisher(uow, shell.options.by)
        return await releasing.schedule(uow, bulletin_id=shell.options.id, at=at, not_after=last, by=by)

    await _release(shell, work)


async def _send_to_missed(shell: Shell) -> None:
    if shell.options.at or shell.options.not_after:
        raise BadUsage("--missed sends at once, so it takes neither --at nor --not-after.")
    reached: list[int] = []

    async def work(uow: UnitOfWork) -> Bulletin:
        by = await _publisher(uow, shell.options.by)
        reached.append(await send_to_missed(uow, bulletin_id=shell.options.id, by=by))
        return await bulletin_of(uow, shell.options.id)

    await _do(shell, work)
    [people] = reached
    shell.say(f"On its way to {people} who missed it, as soon as a worker runs." if people else "Nobody has missed it.")


async def _publisher(uow: UnitOfWork, email: str | None) -> Person | None:
    """Whoever sends, when they are named. Raises CannotDo for somebody who may not."""
    person = await find(uow, email) if email else None
    if person is not None and releasing.PUBLISHER not in person.roles:
        raise CannotDo(f"{person.name} is not a publisher. Only a publisher sends a bulletin.")
    return person


async def _release(shell: Shell, change: Callable[[UnitOfWork], Awaitable[Bulletin]]) -> None:
    """Makes a change after which an edition leaves; says when that is, and whom it does not reach."""
    advice: list[str] = []

    async def work(uow: UnitOfWork) -> Bulletin:
        row = await change(uow)
        advice.append(await _leaves(uow, row))
        advice.append(await releasing.outside_hours(uow, row))
        return row

    await _do(shell, work)
    for line in filter(None, advice):
        shell.say(line)
    if not shell.settings.live:
        shell.say("Practice mode: only the operations team receives it; the others are recorded as practice.")


async def _leaves(uow: UnitOfWork, row: Bulletin) -> str:
    if row.send_at is None:
        return f"It has no time yet. Send it with: herald bulletin send {row.id}"
    if row.send_at <= uow.now:
        return "It leaves as soon as a worker runs."
    return f"It leaves on {local_moment(row.send_at, await calendar_of(uow))}."


async def _at(uow: UnitOfWork, text: str | None) -> datetime | None:
    if text is None:
        return None
    found = moment(text, (await partnership_of(uow)).timezone)
    if found is None:
        raise BadUsage(f'"{text}" is not a date and time. Write local time like 2026-12-01T09:00.')
    return found


async def pause(shell: Shell) -> None:
    """Stops sending for now."""
    await _do(shell, lambda uow: releasing.pause(uow, bulletin_id=shell.options.id))


async def resume(shell: Shell) -> None:
    """Goes on sending."""
    await _do(shell, lambda uow: releasing.resume(uow, bulletin_id=shell.options.id))


async def cancel(shell: Shell) -> None:
    """Stops sending for good."""
    await _do(shell, lambda uow: releasing.cancel(uow, bulletin_id=shell.options.id))


async def _do(shell: Shell, change: Callable[[UnitOfWork], Awaitable[Bulletin]]) -> None:
    """Makes a change and prints how the edition stands then."""

    async def work(uow: UnitOfWork) -> Standing:
        row = await change(uow)
        await uow.people.flush()
        return await standing_of(uow, row, mail=shell.settings.mail)

    show(shell, await refused_in_words(shell.change(work)))
