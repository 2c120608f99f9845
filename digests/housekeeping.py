"""What keeps the house in order: talks that were left, the audit chain, retention, finding people in Slack."""

import asyncio
import logging
from datetime import time, timedelta
from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from digests.sweep import Sweep
from handlers.partnership import NotSetUp, calendar_of
from handlers.people_care import Refused, erase_person
from storage.pulse import unsealed_entries
from storage.resealing import left_to_reseal, reseal
from storage.retention import RULES, carry_out, expire_talks, long_gone
from storage.tables.people import Person
from storage.unit_of_work import Store

log = logging.getLogger("herald.housekeeping")
NIGHT: Final = time(2, 0)
"""From this local time on retention is due, once a day; a night that was missed is made up for."""
RETENTION: Final = "retention"
LOOKED_UP_AGAIN_AFTER: Final = timedelta(days=7)
LOOKED_UP_AT_ONCE: Final = 20
"""users.lookupByEmail is tier 3: 50 and more a minute (docs.slack.dev, rate limits); 20 leave room for others."""
LOOKUP_TIMEOUT_S: Final = 10


async def expire(store: Store) -> int:
    """Closes talks that were left open for too long; their people are told nothing."""
    async with store.transaction() as uow:
        return await expire_talks(uow)


async def seal(store: Store) -> int:
    """Chains audit entries; looks first, so that an idle installation writes nothing."""
    async with store.reading() as uow:
        if not await unsealed_entries(uow):
            return 0
    async with store.transaction() as uow:
        return await uow.audit.seal()


async def seal_anew(store: Store) -> int:
    """After a rotation of keys seals with the newest what an older one sealed, a hundred rows in each unit of work."""
    if not store.keyring.older:
        return 0
    done = 0
    while True:
        async with store.reading() as uow:
            if not await left_to_reseal(uow):
                return done
        async with store.transaction() as uow:
            some = await reseal(uow)
        done += some
        if not some:
            return done
        await asyncio.sleep(0)  # others may write between two batches


async def keep_no_longer(store: Store) -> int:
    """Carries out the table of retention once a night, each batch in a unit of its own."""
    async with store.reading() as uow:
        try:
            local = (await calendar_of(uow)).local(uow.now)
        except NotSetUp:
            return 0
        night = local.date().isoformat()
        if local.time() < NIGHT or await uow.switches.value(RETENTION) == night:
            return 0
    done = await _erase_long_gone(store)
    for rule in RULES:
        while True:
            async with store.transaction() as uow:
                some = await carry_out(uow, rule)
            done += some
            if not some:
                break
            await asyncio.sleep(0)  # others may write between two batches
    async with store.transaction() as uow:
        await uow.switches.set(RETENTION, night)
        uow.audit.add("retention.done", thing="retention", actor="housekeeping", detail={"rows": done})
    return done


async def _erase_long_gone(store: Store) -> int:
    erased = 0
    async with store.reading() as uow:
        ids = [person.id for person in await long_gone(uow)]
    for person_id in ids:
        async with store.transaction() as uow:
            person = await uow.people.get(person_id)
            try:
                if person is not None:
                    await erase_person(uow, person=person)
                    erased += 1
            except Refused:
                log.warning("person %s left long ago and cannot be erased: something is still theirs", person_id)
    return erased


def slack_lookup(client: AsyncWebClient | None) -> tuple[Sweep, ...]:
    """The sweep that finds people in Slack by their address; none where Slack is not set up."""
    if client is None:
        return ()
    quick = AsyncWebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=LOOKUP_TIMEOUT_S,
        ssl=client.ssl,
        proxy=client.proxy,
        retry_handlers=[],
    )

    async def look_up(store: Store) -> int:
        async with store.reading() as uow:
            before = uow.now - LOOKED_UP_AGAIN_AFTER
            people = await uow.people.not_yet_looked_up(before=before, limit=LOOKED_UP_AT_ONCE)
        looked_up = 0
        for person in people:
            try:
                slack_id = await _slack_id(quick, person.email)
            except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as problem:
                log.warning("people cannot be looked up in Slack now (%s)", _reason(problem))
                break  # rate limited, or unreachable: the next round goes on from here
            await _remember(store, person, slack_id)
            looked_up += 1
        return looked_up

    return (Sweep("slack.lookup", 60, look_up),)


async def _slack_id(client: AsyncWebClient, email: str) -> str | None:
    """Raises what slack_sdk raises, but for an address that Slack does not know."""
    try:
        answer = await client.users_lookupByEmail(email=email)
    except SlackApiError as refused:
        if refused.response.get("error") == "users_not_found":
            return None
        raise
    user = answer.get("user") or {}
    return None if user.get("deleted") or user.get("is_bot") else user.get("id")


async def _remember(store: Store, person: Person, slack_id: str | None) -> None:
    async with store.transaction() as uow:
        known = await uow.people.get(person.id)
        if known is None:
            return
        known.slack_looked_up_at = uow.now
        if slack_id is not None and known.slack_id is None and await uow.people.by_slack_id(slack_id) is None:
            known.slack_id = slack_id
            uow.audit.add("person.found-in-slack", thing=f"person:{known.id}", actor="housekeeping")


def _reason(problem: Exception) -> str:
    if isinstance(problem, SlackApiError):
        return str(problem.response.get("error") or type(problem).__name__)
    return type(problem).__name__


SWEEPS: Final[tuple[Sweep, ...]] = (
    Sweep("audit.seal", 5, seal),
    Sweep("keys.seal-anew", 300, seal_anew),
    Sweep("talks.expire", 300, expire),
    Sweep("retention", 1800, keep_no_longer),
)
