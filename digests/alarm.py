"""The last resort when neither Slack nor mail takes an alert: a webhook of the adopter's own.

Source: settled questions, "Escalation clock".

The banner on `/ops`, `/health/worker` and the metrics say the same; this one rings where nobody is looking.
"""

from datetime import datetime, timedelta
from typing import Final

import aiohttp

from digests.sweep import Sweep
from storage.unit_of_work import Store

RINGS_AFTER: Final = timedelta(minutes=30)
"""No channel accepts within this time: alarm (reference/booking-escalation-deadlines.md 2.4, Delivery contract)."""
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
    """Posts to the webhook when an alert has waited too long; at most once an hour. Returns 1 when it rang.

    The message holds a number and minutes, no name and no reference. A webhook that fails is tried at the next tick.
    """
    async with store.reading() as uow:
        oldest = await uow.deliveries.oldest_due_alert()
        last = await uow.switches.value(LAST_RUNG)
    if oldest is None or uow.now - oldest < RINGS_AFTER:
        return 0
    if last is not None and uow.now - datetime.fromisoformat(last) < RINGS_AGAIN_AFTER:
        return 0
    minutes = round((uow.now - oldest).total_seconds() / 60)
    text = f"Herald: an alert has waited for {minutes} minutes; neither Slack nor mail takes it. See /ops/outbox."
    if not await _post(webhook, {"text": text, "oldest_unsent_alert_minutes": minutes}):
        return 0
    async with store.transaction() as changed:
        await changed.switches.set(LAST_RUNG, uow.now.isoformat())
        changed.audit.add("alarm.rung", thing="sending", detail={"minutes": minutes})
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
