"""The last resort when neither Slack nor mail takes an alert: a webhook of the adopter's own.

Source: settled questions, "Escalation clock".

The banner on `/ops`, `/health/worker` and the metrics say the same; this one rings where nobody is looking.
"""

from datetime import datetime, timedelta
from typing import Final

import aiohttp

from digests.sweep import Sweep
from handlers.escalations.reaching import RINGS_AFTER, in_words, minutes_of, reaches_nobody
from storage.unit_of_work import Store

RINGS_AGAIN_AFTER: Final = timedelta(hours=1)
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
LAST_RUNG: Final = "alarm-rung-at"
EVERY_S: Final = 60.0


def alarm(webhook: str) -> tuple[Sweep, ...]:
    """The sweep that rings `webhook`; none where no webhook is set."""
    if not webhook:
        return ()

    async def ring(store: Store) -> int:
        return await ring_if_needed(store, webhook=webhook)

    return (Sweep("alarm: ring", EVERY_S, ring),)


async def ring_if_needed(store: Store, *, webhook: str) -> int:
    """Posts to the webhook when an alert has waited too long, or an escalation has reached nobody; at most once an
    hour. Returns 1 when it rang.

    The message holds numbers, no name and no reference. A webhook that fails is tried at the next tick.
    """
    async with store.reading() as uow:
        oldest = await uow.deliveries.oldest_due_alert()
        nobody = len(await reaches_nobody(uow))
        last = await uow.switches.value(LAST_RUNG)
    minutes = 0 if oldest is None else minutes_of(uow.now - oldest)
    waits = oldest is not None and uow.now - oldest >= RINGS_AFTER
    if not (waits or nobody):
        return 0
    if last is not None and uow.now - datetime.fromisoformat(last) < RINGS_AGAIN_AFTER:
        return 0
    said = [
        f"an alert has waited for {minutes} minutes; neither Slack nor mail takes it. See /ops/outbox."
        if waits
        else "",
        f"{in_words(nobody)} Ring the agency now. See /ops/escalations." if nobody else "",
    ]
    body = {
        "text": f"Herald: {' '.join(part for part in said if part)}",
        "oldest_unsent_alert_minutes": minutes,
        "escalations_reaching_nobody": nobody,
    }
    if not await _post(webhook, body):
        return 0
    async with store.transaction() as changed:
        await changed.switches.set(LAST_RUNG, uow.now.isoformat())
        changed.audit.add("alarm.rung", thing="sending", detail={"minutes": minutes, "nobody": nobody})
    return 1


async def _post(webhook: str, body: dict[str, object]) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.post(webhook, json=body, allow_redirects=False) as answer,
        ):
            return answer.status < 300
    except (TimeoutError, aiohttp.ClientError):
        return False
