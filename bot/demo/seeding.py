"""Makes the data of a new demo: a migrated database in which the story has been lived, and an inbox with its mail."""

import socket
from datetime import datetime

from bot.app import messenger
from bot.demo.house import DOMAIN, Plan, let_members_in
from bot.demo.slack import Workspace, running_stand_in
from bot.demo.story.clock import MovedClock
from bot.demo.story.life import Post, begin, live, when_for
from bot.demo.story.stage import Stage
from digests.outbox import Drain, DrainSettings
from storage import schema
from storage.deliveries import SendingPolicy
from storage.unit_of_work import Store


async def seed(plan: Plan, *, workspace: Workspace, clock: MovedClock, now: datetime) -> None:
    """Fills the folder of the plan with a year of Northmere up to `now` (UTC).

    `workspace` runs on `clock` too, so that its messages carry the days of the story.
    """
    async with running_stand_in(workspace=workspace, signing_secret=plan.signing_secret) as stand_in:
        settings = plan.settings(slack_api=stand_in.api_url)
        policy = SendingPolicy(live=True, slack=True)
        # Not durable: a demo that a power cut spoils half-way is made anew, and a slow disk would take a minute here.
        store = Store(settings.database_url, clock=clock, keyring=settings.keyring, sending=policy, durable=False)
        try:
            await schema.migrate(store.engines)
            stage = Stage(store, clock, when_for(now))
            await begin(stage)
            await let_members_in(workspace, store)
            orders = DrainSettings(settings.base_url, settings.mail, settings.state_dir, host=socket.gethostname())
            drain = Drain(store, orders, slack=messenger(settings))
            await live(stage, Post(drain, DOMAIN))
        finally:
            clock.let_go()
            await store.close()
