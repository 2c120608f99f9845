"""What is not somebody's reply is passed over with a reason, and answered by nobody: no loop, no leak, no lost mail."""

from email.message import EmailMessage

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.mail_addresses import MailPurpose, tagged_address
from bot.mail_door import mail_context
from handlers.mail.reading import LARGEST
from handlers.mail.receiving import MOST_IN_A_DAY, Arrived, receive
from handlers.mail_outcomes import IN_WORDS, Outcome, Reason
from storage.tables.deliveries import Delivery
from storage.tables.mail import InboundMail
from tests.drive import ByEmail
from tests.mail.bounced import BOUNCES, bounce
from tests.mail.surveys import answers, asked, records
from tests.mail.writing import reply_to, send
from tests.world import World

AUTOMATIC: tuple[dict[str, str], ...] = (
    {"Auto_Submitted": 'auto-replied; owner-email="ada@example.org"'},
    {"Precedence": "auto_reply"},
    {"Precedence": "bulk"},
    {"X_Auto_Response_Suppress": "All"},
    {"X_Autoreply": "yes"},
    {"Subject": "Automatic reply: Tea views"},
    {"Subject": "Out of office"},
    {"Return_Path": "<>"},
    {"From": "Mail Delivery System <MAILER-DAEMON@mx.example.org>"},
)


async def taken(
    world: World, mail: EmailMessage | bytes, *, sender: str | None = "ada@example.org", to: str = ""
) -> None:
    """Hands a mail to the door, as both ways in do."""
    context = mail_context(world.herald.store, world.settings)
    assert context is not None
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    address = to or (str(mail["To"]) if isinstance(mail, EmailMessage) else "")
    await receive(context, Arrived(raw, (address,) if address else (), sender))


async def queued(world: World) -> int:
    async with world.herald.store.reading() as uow:
        return len((await uow.session.execute(select(Delivery.id))).all())


async def test_what_a_machine_answers_is_not_answered(world: World) -> None:
    ada = await asked(world)
    before = await queued(world)
    for headers in AUTOMATIC:
        await taken(world, reply_to(world.letters(ada)[0], "1. 5\n2. 1", sender=ada.email, **headers))
    assert await records(world) == [("passed-over", "automatic")] * len(AUTOMATIC)
    assert await queued(world) == before
    assert await answers(world) == []


async def test_a_null_sender_a_list_and_our_own_mail_are_passed_over(world: World) -> None:
    ada = await asked(world)
    invitation = world.letters(ada)[0]
    before = await queued(world)
    await taken(world, reply_to(invitation, "5", sender=ada.email), sender="")
    await taken(world, reply_to(invitation, "5", sender=ada.email, List_Id="<all.example.org>"))
    await taken(world, reply_to(invitation, "5", sender=ada.email, Message_ID=str(invitation["Message-ID"])))
    await taken(world, invitation, to=str(invitation["Reply-To"]))
    assert await records(world) == [
        ("passed-over", "automatic"),
        ("passed-over", "mailing list"),
        ("passed-over", "our own mail"),
        ("duplicate", ""),
    ]
    assert await queued(world) == before


async def test_the_same_mail_twice_is_one_answer(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    assert [await send(mail, port=world.mail_port, sender=ada.email) for _ in range(3)] == [250, 250, 250]
    assert await records(world) == [("taken", ""), ("duplicate", ""), ("duplicate", "")]
    await world.tick()
    assert len(world.letters(ada)) == 2


async def test_somebody_else_gets_no_answer_and_the_person_one_kind_line(world: World) -> None:
    ada, ben = await asked(world), await world.person("Ben")
    invitation = world.letters(ada)[0]
    for sender in (ben.email, ben.email, "mallory@elsewhere.example.org"):
        await taken(world, reply_to(invitation, "1. 5\n2. Black", sender=sender), sender=sender)
    await world.tick()
    assert await records(world) == [("refused", "another sender")] * 3
    assert world.letters(ben) == []
    assert [str(letter["Subject"]) for letter in world.letters(ada)[1:]] == ["A reply from another address"]
    assert await answers(world) == []


async def test_capitals_in_an_address_are_the_same_person(world: World) -> None:
    ada = await asked(world)
    await taken(world, reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender="ADA@Example.ORG"))
    assert await records(world) == [("taken", "")]


async def test_several_senders_are_nobody(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "5", sender=ada.email, From="ada@example.org, mallory@example.org")
    await taken(world, mail)
    assert await records(world) == [("refused", "another sender")]


async def test_who_has_left_or_lost_their_links_is_not_heard(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    async with world.herald.store.transaction() as uow:
        await uow.people.revoke_links()
    await taken(world, mail)
    async with world.herald.store.transaction() as uow:
        person = await uow.people.get(ada.id)
        assert person is not None
        person.left_at = uow.now
    del mail["Message-ID"]
    mail["Message-ID"] = "<another@mail.example.org>"
    await taken(world, mail)
    assert await records(world) == [("refused", "links were revoked"), ("refused", "person has left")]
    assert await answers(world) == []


async def test_a_bounce_is_remembered_with_its_delivery(world: World) -> None:
    ada = await asked(world)
    envelope = next(mail.sender for mail in world.sink.to(ada.email))
    for raw, _, _ in BOUNCES.values():
        await taken(world, raw, sender="", to=envelope)
    async with world.herald.store.reading() as uow:
        rows = list((await uow.session.execute(select(InboundMail).order_by(InboundMail.id))).scalars())
        deliveries = {(await uow.deliveries.get(row.delivery_id or 0)) for row in rows}
    assert {delivery.person_id for delivery in deliveries if delivery is not None} == {ada.id}
    assert {row.purpose for row in rows} == {"bounce"}
    assert [(row.outcome, row.reason, row.status or "") for row in rows] == [
        ("passed-over" if kind in (Reason.NOT_A_BOUNCE, Reason.STILL_TRYING) else "bounced", kind.value, status)
        for _, kind, status in BOUNCES.values()
    ]


async def test_where_no_bounce_address_can_be_used_the_returned_message_tells(world: World) -> None:
    ada = await asked(world)
    raw = bounce("failed", "5.1.1", returned=str(world.letters(ada)[0]["Message-ID"]))
    await taken(world, raw, sender="", to="herald@northmere.example.org")
    assert await records(world) == [("bounced", "permanent")]


async def test_addresses_that_we_did_not_make_and_messages_that_are_gone(world: World) -> None:
    ada = await asked(world)
    mail = reply_to(world.letters(ada)[0], "5", sender=ada.email)
    gone = tagged_address(MailPurpose.REPLY, 999_999, domain="northmere.example.org", keyring=world.settings.keyring)
    await taken(world, mail, to="reply+aaaaaaaaaaaaaaaaaaaaaaaaaa@northmere.example.org")
    await taken(world, mail, to=gone)
    await taken(world, mail.as_bytes(), to="")
    assert await records(world) == [
        ("refused", "not our address"),
        ("refused", "message not kept any more"),
        ("refused", "not our address"),
    ]


async def test_too_big_and_unreadable_are_recorded_with_their_delivery(world: World) -> None:
    ada = await asked(world)
    to = str(world.letters(ada)[0]["Reply-To"])
    await taken(world, b"x" * (LARGEST + 1), to=to)
    await taken(world, b"no mail at all", to=to)
    assert await records(world) == [("passed-over", "too big"), ("passed-over", "unreadable")]


async def test_a_machine_that_hides_well_is_answered_a_few_times_and_then_no_more(world: World) -> None:
    """It answers every answer of ours, at once and without a single header that says so."""
    ada = ByEmail(world, person := await asked(world))
    for _ in range(14):
        await ada.reply("I am away until Monday. For anything urgent ask my team.")
    said = await records(world)
    assert said[:9] == [("taken", "")] * 8 + [("passed-over", "no answer understood")]
    assert set(said[8:]) == {("passed-over", "no answer understood")}
    assert len(world.letters(person)) == 1 + 8
    assert ada.sees("it does not answer the next ones here")


async def test_a_person_who_floods_is_not_read_that_day(world: World) -> None:
    ada = await asked(world)
    async with world.herald.store.transaction() as uow:
        (delivery,) = (await uow.session.execute(select(Delivery).where(Delivery.person_id == ada.id))).scalars()
        for _ in range(MOST_IN_A_DAY):
            uow.mail.record(outcome=Outcome.TAKEN, delivery_id=delivery.id)
    await taken(world, reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email))
    assert (await records(world))[-1] == ("passed-over", "too many from one person")
    world.clock.move(days=1, hours=1)
    mail = reply_to(world.letters(ada)[0], "1. 5\n2. Black", sender=ada.email)
    await taken(world, mail)
    assert (await records(world))[-1] == ("taken", "")


async def test_nothing_of_a_mail_is_kept_beside_its_answer(world: World) -> None:
    ada = ByEmail(world, person := await asked(world))
    await ada.reply("Something only Ada would say about tea: marzipan")
    async with world.herald.store.reading() as uow:
        for delivery in (await uow.session.execute(select(Delivery))).scalars():
            assert "marzipan" not in str(delivery.facts)
    assert all("marzipan" not in letter.as_string() for letter in world.letters(person))


async def test_the_operations_team_sees_how_many_were_not_read_and_why(world: World) -> None:
    ada, cy = await asked(world), await world.person("Cy", roles=["coordinator"])
    await taken(
        world, reply_to(world.letters(ada)[0], "Back on Monday", sender=ada.email, Auto_Submitted="auto-replied")
    )
    page = await (await world.signed_in(cy)).open("/ops/outbox")
    assert "not read: a machine sent it, such as an out-of-office reply" in page.text


def test_every_reason_has_words_for_the_operations_team() -> None:
    assert set(IN_WORDS) == set(Reason)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=400), sender=st.sampled_from(["", "ada@example.org", None]))
async def test_whatever_comes_in_is_recorded_and_never_an_error(world: World, raw: bytes, sender: str | None) -> None:
    to = tagged_address(MailPurpose.REPLY, 1, domain="northmere.example.org", keyring=world.settings.keyring)
    before = len(await records(world))
    await taken(world, raw, sender=sender, to=to)
    await taken(world, b"From: ada@example.org\r\n" + raw, sender=sender, to=to)
    assert len(await records(world)) == before + 2
