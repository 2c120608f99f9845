"""What becomes of an address when messages come back: gone at once, worn out in time, mended by a person."""

import re

import pytest
from sqlalchemy import select

from bot.keyring import Keyring
from bot.mail_addresses import MailPurpose, fingerprints, tagged_address
from bot.settings import MailSettings
from handlers.addresses import NotMended, another_chance, as_csv, mend, newly_lost, not_arriving
from handlers.bouncing import it_works, needs, reason_in_words, refused
from handlers.mail.receiving import Arrived, MailContext, receive
from storage.bulletins import EDITION
from storage.deliveries import Message
from storage.retention import RULES, carry_out
from storage.tables.deliveries import Channel, Delivery, DeliveryState, Lane
from storage.tables.mail import BounceScore
from storage.tables.people import Person, SuppressedAddress
from storage.unit_of_work import Store, UnitOfWork
from tests.clocks import MovingClock
from tests.factories import a_partnership, a_person
from tests.mail.test_bounces_read import raw_of

DOMAIN = "herald.example.org"


async def nothing_sent(_uow: UnitOfWork, _row: Delivery) -> tuple[str, tuple[()]]:
    return "", ()


class Post:
    """A partnership whose messages come back."""

    def __init__(self, store: Store, clock: MovingClock) -> None:
        self.store, self.clock = store, clock
        mail = MailSettings(smtp_url="smtp://127.0.0.1:1", sender=f"Northmere <herald@{DOMAIN}>", domain=DOMAIN)
        self.context = MailContext(store, mail, nothing_sent)
        self.n = 0

    async def sent(self, person: Person, about: str = "bulletin:2026-12-main", *, kind: str = EDITION) -> int:
        """An e-mail to somebody that the relay took now."""
        self.n += 1
        async with self.store.transaction() as uow:
            lane = Lane.BULLETIN if kind == EDITION else Lane.ROUTINE
            message = Message(kind, f"{about}:{self.n}", lane, about=about)
            await uow.deliveries.tell(person, message, channels=(Channel.EMAIL,))
            row = (await uow.deliveries.about(about))[0]
            row.state, row.sent_at = DeliveryState.SENT, uow.now
            return row.id

    async def comes_back(self, delivery_id: int, name: str) -> str:
        """The bounce of that file, to the bounce address of that message."""
        self.n += 1
        to = tagged_address(MailPurpose.BOUNCE, delivery_id, domain=DOMAIN, keyring=self.store.keyring)
        named = re.sub(rb"(?im)^(message-id: <)", rb"\g<1>%d." % self.n, raw_of(name), count=1)
        [done] = await receive(self.context, Arrived(named, (to,), ""))
        return done.outcome.value

    async def score(self) -> float:
        async with self.store.reading() as uow:
            return float((await uow.session.execute(select(BounceScore.score))).scalar_one_or_none() or 0.0)

    async def reason(self) -> str:
        async with self.store.reading() as uow:
            return (await uow.session.execute(select(SuppressedAddress.reason))).scalar_one_or_none() or ""


@pytest.fixture
async def post(store: Store, clock: MovingClock) -> Post:
    async with store.transaction() as uow:
        await a_partnership(uow)
    return Post(store, clock)


@pytest.fixture
async def ada(post: Post) -> Person:
    async with post.store.transaction() as uow:
        return await a_person(uow, "Ada")


async def test_an_address_that_does_not_exist_is_not_written_to_again(post: Post, ada: Person) -> None:
    row = await post.sent(ada)
    assert await post.comes_back(row, "postfix-unknown") == "bounced"
    assert await post.reason() == "bounced 5.1.1"
    async with post.store.reading() as uow:
        assert await uow.bulletins.recipients.returned("bulletin:2026-12-main") == {row: "5.1.1"}
        [need] = await needs(uow, ada)
        [listed] = (await not_arriving(uow)).rows
        entries = await uow.audit.latest(limit=5, thing=f"person:{ada.id}")
    assert "comes back" in need.title
    assert (listed.name, listed.why, listed.seen_by) == ("Ada", "the mailbox does not exist", "a bulletin")
    assert [entry.action for entry in entries] == ["address.suppressed"]


async def test_three_editions_refused_for_other_reasons_are_enough(post: Post, ada: Person) -> None:
    for month in range(3):
        assert await post.reason() == ""
        await post.comes_back(await post.sent(ada, f"bulletin:{month}"), "forwarded-address-gone")
        post.clock.move(days=31)
    assert await post.reason() == "worn-out 5.1.1"
    assert await post.score() == 0
    async with post.store.reading() as uow:
        [listed] = (await not_arriving(uow)).rows
    assert listed.why == "it came back again and again, last because the mailbox does not exist"


async def test_two_on_one_day_count_once(post: Post, ada: Person) -> None:
    for edition in ("a", "b"):
        await post.comes_back(await post.sent(ada, f"bulletin:{edition}"), "gmail-full")
    assert await post.score() == 0.5


async def test_what_arrived_in_between_takes_the_points_back(post: Post, ada: Person) -> None:
    await post.comes_back(await post.sent(ada, "bulletin:1"), "gmail-full")
    post.clock.move(days=31)
    await post.sent(ada, "bulletin:2")
    post.clock.move(days=31)
    await post.comes_back(await post.sent(ada, "bulletin:3"), "gmail-full")
    assert await post.score() == 0.5


@pytest.mark.parametrize(
    "name", ["exchange-online-policy", "too-large", "postfix-delayed", "out-of-office", "postfix-success"]
)
async def test_what_says_nothing_against_an_address_is_not_counted(post: Post, ada: Person, name: str) -> None:
    for day in range(5):
        await post.comes_back(await post.sent(ada, f"bulletin:{day}"), name)
        post.clock.move(days=1)
    assert (await post.score(), await post.reason()) == (0, "")


async def test_a_bounce_of_the_old_address_does_not_end_the_new_one(post: Post, ada: Person) -> None:
    row = await post.sent(ada)
    async with post.store.transaction() as uow:
        person = await uow.people.get(ada.id)
        assert person is not None
        person.email = "ada.new@example.org"
    await post.comes_back(row, "postfix-unknown")
    assert (await post.score(), await post.reason()) == (1.0, "")


async def test_what_the_relay_says_of_the_mailbox_scores_and_what_it_says_of_the_message_does_not(
    post: Post, ada: Person
) -> None:
    for reply in ("554 refused as spam", "550 5.7.1 policy", "550 5.0.0 no", "552 5.2.3 too big for this mailbox"):
        async with post.store.transaction() as uow:
            await refused(uow, address=ada.email, reply=reply, person_id=ada.id, gone=False)
        assert await post.score() == 0, reply
    async with post.store.transaction() as uow:
        await refused(uow, address=ada.email, reply="552 5.2.2 full", person_id=ada.id, gone=False)
    assert (await post.score(), await post.reason()) == (0.5, "")


async def test_a_message_that_came_back_goes_by_slack_to_who_is_there_while_it_is_news(post: Post) -> None:
    async with post.store.transaction() as uow:
        ben = await a_person(uow, "Ben", slack_id="U2", prefers="email")
    edition = await post.sent(ben)
    old = await post.sent(ben, "about-old", kind="deadline.tried")
    post.clock.move(days=2)
    new = await post.sent(ben, "about-new", kind="deadline.tried")
    for row in (edition, old, new):
        await post.comes_back(row, "full-for-now")
    async with post.store.reading() as uow:
        found = {each: await uow.deliveries.about(each) for each in ("bulletin:2026-12-main", "about-old", "about-new")}
    assert {about: [row.channel for row in rows] for about, rows in found.items()} == {
        "bulletin:2026-12-main": ["email"],
        "about-old": ["email"],
        "about-new": ["slack", "email"],
    }


async def test_a_refusal_by_the_relay_keeps_no_address(post: Post, ada: Person) -> None:
    async with post.store.transaction() as uow:
        await refused(uow, address=ada.email, reply="550 5.1.1 <ada@example.org> unknown", person_id=ada.id)
        await refused(uow, address=ada.email, reply="550 no such user", person_id=ada.id)
    assert await post.reason() == "refused 5.1.1"


async def test_another_chance_and_somebody_who_writes_to_us_both_wipe_the_slate(post: Post, ada: Person) -> None:
    for wipe in ("chance", "works"):
        await post.comes_back(await post.sent(ada, f"bulletin:{wipe}"), "postfix-unknown")
        assert await post.reason()
        async with post.store.transaction() as uow:
            if wipe == "chance":
                assert await another_chance(uow, address=ada.email, thing=f"person:{ada.id}", by=ada)
                assert not await another_chance(uow, address=ada.email, thing=f"person:{ada.id}", by=ada)
            else:
                await it_works(uow, ada.email.upper())
        assert await post.reason() == ""
        post.clock.move(days=1)
    async with post.store.reading() as uow:
        entries = await uow.audit.latest(limit=9, thing=f"person:{ada.id}")
    assert [entry.action for entry in entries].count("address.another-chance") == 1


async def test_a_mended_address_works_by_itself_and_ends_the_links_that_went_astray(post: Post, ada: Person) -> None:
    await post.comes_back(await post.sent(ada), "postfix-unknown")
    async with post.store.transaction() as uow:
        ben = await a_person(uow, "Ben", manager_email=ada.email)
        person = await uow.people.get(ada.id)
        assert person is not None
        for wrong in ("", "ada", ada.email, ben.email):
            with pytest.raises(NotMended):
                await mend(uow, person=person, email=wrong, by=ben)
        await mend(uow, person=person, email=" Ada.Lovelace@example.org ", by=ben)
    async with post.store.reading() as uow:
        person, ben_now = await uow.people.get(ada.id), await uow.people.get(ben.id)
        assert person is not None
        assert ben_now is not None
        assert (person.email, person.link_epoch) == ("ada.lovelace@example.org", ada.link_epoch + 1)
        assert ben_now.manager_email == person.email
        assert await needs(uow, person) == ()
        found = await not_arriving(uow)
    assert (found.rows, found.nobodys) == ((), 1)


async def test_the_team_hears_of_new_ones_and_of_shared_mailboxes_too(post: Post, ada: Person) -> None:
    async with post.store.transaction() as uow:
        assert await newly_lost(uow) == 0
        await refused(uow, address="duty@council.example.org", reply="550 5.1.1", person_id=None)
        await refused(uow, address="nobody@example.org", reply="550 5.1.1", person_id=None)
        assert await newly_lost(uow) == 1
        found = await not_arriving(uow)
    assert [row.name for row in found.rows] == ["Northmere Council, shared mailbox"]
    assert found.nobodys == 1
    assert "duty@council.example.org,northmere-council,the mailbox does not exist" in as_csv(found.rows)
    post.clock.move(days=15)
    async with post.store.reading() as uow:
        assert await newly_lost(uow) == 0


async def test_a_score_is_forgotten_when_it_is_stale(post: Post, ada: Person) -> None:
    await post.comes_back(await post.sent(ada), "gmail-full")
    [rule] = [rule for rule in RULES if rule.table is BounceScore]
    for days, gone in ((99, 0), (3, 1)):
        post.clock.move(days=days)
        async with post.store.transaction() as uow:
            assert await carry_out(uow, rule) == gone
    assert await post.score() == 0


async def test_the_fingerprints_of_older_keys_are_found(post: Post, ada: Person) -> None:
    old = fingerprints(ada.email, keyring=post.store.keyring)[0]
    keys = Keyring(("a newer secret, which is long enough as well", *post.store.keyring.secrets))
    new = fingerprints(ada.email, keyring=keys)
    async with post.store.transaction() as uow:
        await uow.addresses.suppress(address_mac=old, reason="refused 5.1.1")
        assert await uow.addresses.suppressed_among(new) == {old}
        assert await uow.addresses.forget(new)


def test_reasons_of_earlier_versions_are_still_words() -> None:
    assert reason_in_words("550 5.1.1 <ada@example.org> unknown") == "the mailbox does not exist"
    assert reason_in_words("550 5.1.2 no host") == "there is no such domain"
    assert reason_in_words("refused 5.1.10") == "the mailbox does not exist"
    assert reason_in_words("worn-out") == "it came back again and again, last because their mail server did not say why"
