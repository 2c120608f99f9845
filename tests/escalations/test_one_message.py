"""What waits for somebody about one escalation becomes one message that tells everything with its true time."""

from datetime import datetime, timedelta

from bot.rendering.note import Note
from digests.compose import compose_note
from digests.merging import merge_waiting
from digests.messages.kinds import Writing
from handlers.escalations.merging import merge_unsent, take_back
from handlers.partnership import partnership_of
from storage.deliveries import Message
from storage.tables.deliveries import Channel, Delivery, DeliveryState, Lane
from storage.tables.people import Person
from storage.unit_of_work import Store
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person

BOTH = (Channel.SLACK, Channel.EMAIL)
FACTS = {
    "reference": "E-1", "step": 1, "stage": "Practitioners", "stage_number": 1, "urgent": False, "mailbox": False,
    "agency": "Northmere Health", "acknowledge_by": "2026-11-24T14:00:00+00:00",
    "respond_by": "2026-11-25T10:00:00+00:00", "asked": True, "until": "Wednesday 25 November 2026, 10:00",
    "state": "awaiting_ack", "since": "2026-11-24T14:00:00+00:00",
}  # fmt: skip


async def may_of(store: Store) -> Person:
    async with store.transaction() as uow:
        await a_partnership(uow)
        return await a_person(uow, "May", slack_id="UMAY")


async def told(store: Store, may: Person | str, kind: str, *, about: str = "E-1/1") -> None:
    message = Message(f"escalation.{kind}", f"{kind}:{about}", lane=Lane.ALERT, about=about, facts=dict(FACTS))
    async with store.transaction() as uow:
        if isinstance(may, str):
            await uow.deliveries.tell_address(may, message)
        else:
            await uow.deliveries.tell(may, message, channels=BOTH)
        await merge_unsent(uow, reference="E-1")


async def rows(store: Store, *, state: DeliveryState = DeliveryState.QUEUED) -> list[Delivery]:
    async with store.reading() as uow:
        found = [*await uow.deliveries.about("E-1"), *await uow.deliveries.about("E-1/1")]
        return sorted((row for row in found if row.state == state), key=lambda row: row.id)


async def note_of(store: Store, row: Delivery) -> Note:
    async with store.reading() as uow:
        writing = Writing(await partnership_of(uow), uow.now, "https://herald.example.org")
        return compose_note(row.kind, row.facts, writing=writing)


async def test_a_newer_message_carries_what_could_not_leave_and_when_it_should_have(
    store: Store, clock: MovingClock
) -> None:
    may = await may_of(store)
    began = clock()
    await told(store, may, "alert")
    clock.move(hours=2)
    await told(store, may, "reminder")
    clock.move(hours=1)
    await told(store, may, "stuck", about="E-1")
    waiting = await rows(store)
    assert [(row.kind, row.channel) for row in waiting] == [
        ("escalation.stuck", "slack"),
        ("escalation.stuck", "email"),
    ]
    assert [(line["kind"], datetime.fromisoformat(line["at"]) - began) for line in waiting[0].facts["earlier"]] == [
        ("escalation.alert", timedelta(0)),
        ("escalation.reminder", timedelta(hours=2)),
    ]
    note = await note_of(store, waiting[0])
    lines = [line for line in note.paragraphs if line.startswith("Tuesday 24 November 2026, 1")]
    assert [line.split(", ")[1][:5] for line in lines] == ["10:00", "12:00"], note.paragraphs
    assert note.buttons[0].choice == "acknowledge", "what is still asked is asked by the message that leaves"
    async with store.reading() as uow:
        assert await uow.deliveries.oldest_due_alert() == began, "the alarm goes on measuring from the first"


async def test_what_a_channel_has_taken_is_not_said_again_on_it(store: Store, clock: MovingClock) -> None:
    may = await may_of(store)
    began = clock()
    await told(store, may, "alert")
    async with store.transaction() as uow:
        for row in await uow.deliveries.about("E-1/1"):
            row.state = DeliveryState.SENT.value if row.channel == Channel.SLACK else row.state
    clock.move(hours=2)
    await told(store, may, "reminder")
    by_slack, by_mail = await rows(store)
    assert "earlier" not in by_slack.facts
    assert [line["kind"] for line in by_mail.facts["earlier"]] == ["escalation.alert"]
    async with store.reading() as uow:
        assert await uow.deliveries.oldest_due_alert() == began + timedelta(hours=2), "Slack had told them the first"


async def test_what_a_worker_has_in_hand_is_left_to_the_sweep(store: Store, clock: MovingClock) -> None:
    may = await may_of(store)
    await told(store, may, "alert")
    async with store.transaction() as uow:
        for channel in Channel:
            claim = await uow.deliveries.claims.take(
                lane=Lane.ALERT,
                channel=channel,
                limit=9,
                lease=timedelta(seconds=60),
                owner="one",
                names="<{}@x>".format,
            )
            assert len(claim.rows) == 1
    clock.move(seconds=1)
    await told(store, may, "reminder")
    assert {row.kind for row in await rows(store, state=DeliveryState.CLAIMED)} == {"escalation.alert"}
    assert all("earlier" not in row.facts for row in await rows(store))
    async with store.transaction() as uow:
        assert await uow.deliveries.claims.free_owner("one") == 2
    assert await merge_waiting(store) == 2
    assert await merge_waiting(store) == 0
    assert [row.kind for row in await rows(store)] == ["escalation.reminder"] * 2


async def test_two_people_and_a_mailbox_each_keep_their_own(store: Store) -> None:
    may = await may_of(store)
    async with store.transaction() as uow:
        ben = await a_person(uow, "Ben")
    for who in (may, ben, "duty@council.example.org", "duty@police.example.org"):
        await told(store, who, "alert")
    await told(store, "duty@council.example.org", "reminder")
    assert len(await rows(store)) == 5
    assert len(await rows(store, state=DeliveryState.SUPERSEDED)) == 1


async def test_a_message_that_may_have_arrived_stays_what_it_was(store: Store, clock: MovingClock) -> None:
    may = await may_of(store)
    await told(store, may, "alert")
    clock.move(hours=2)
    async with store.transaction() as uow:
        message = Message("escalation.reminder", "r", lane=Lane.ALERT, about="E-1/1", facts=dict(FACTS))
        await uow.deliveries.tell(may, message, channels=BOTH)
        for row in await uow.deliveries.about("E-1/1"):
            row.doubts = int(row.kind == "escalation.reminder")
    async with store.transaction() as uow:
        assert await merge_unsent(uow, reference="E-1") == 0


async def test_nobody_waits_for_somebody_whom_no_way_takes(store: Store) -> None:
    may = await may_of(store)
    await told(store, may, "alert")
    async with store.transaction() as uow:
        by_slack, by_mail = sorted(await uow.deliveries.about("E-1/1"), key=lambda row: row.id)
        by_slack.state = DeliveryState.FAILED.value
        await uow.session.flush()
        assert await uow.deliveries.unreachable("E-1/1") == set(), "the other way may still take it"
        by_mail.state = DeliveryState.FAILED.value
        await uow.session.flush()
        assert await uow.deliveries.unreachable("E-1/1") == {may.id}
        assert await uow.deliveries.unreachable("E-1/2") == set()
        by_mail.state = DeliveryState.SENT.value
        await uow.session.flush()
        assert await uow.deliveries.unreachable("E-1/1") == set()
        uow.mail.record(outcome="bounced", reason="permanent", purpose="bounce", delivery_id=by_mail.id, status="5.1.1")
        await uow.session.flush()
        assert await uow.deliveries.unreachable("E-1/1") == {may.id}, "it came back: nobody has it"


async def test_what_somebody_has_taken_on_is_not_asked_by_a_message_that_took_it_in(
    store: Store, clock: MovingClock
) -> None:
    may = await may_of(store)
    await told(store, may, "alert")
    clock.move(hours=2)
    await told(store, may, "warning")
    async with store.transaction() as uow:
        await take_back(uow, about="E-1/1", kinds=("escalation.alert", "escalation.reminder"))
    for row in await rows(store):
        assert (row.kind, row.facts["earlier"]) == ("escalation.warning", [])
        note = await note_of(store, row)
        assert "acknowledge" not in [button.choice for button in note.buttons]
        assert not any("comes later" in line for line in note.paragraphs)


async def test_what_stays_true_is_said_although_the_message_that_took_it_in_is_taken_back(
    store: Store, clock: MovingClock
) -> None:
    may = await may_of(store)
    began = clock()
    await told(store, may, "stuck", about="E-1")
    clock.move(hours=2)
    await told(store, may, "alert")
    async with store.transaction() as uow:
        await take_back(uow, about="E-1/1")
    waiting = await rows(store)
    assert [(row.kind, row.about, row.facts["earlier"]) for row in waiting] == [("escalation.stuck", "E-1", [])] * 2
    assert {row.facts["said_at"] for row in waiting} == {began.isoformat()}
