"""One connection and a real server: every answer at every stage becomes the outcome that it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY

import pytest

from bot.rendering.mime import Pieces, wire_bytes
from bot.rules.relay import MailRelay, parse_smtp_url
from digests.mail_replies import Accepted, Refused, RelayDown, RelayRefuses, Temporary, Uncertain
from digests.mailer import MailConnection, Timeouts
from tests.smtp.letters import a_letter
from tests.smtp_sink import Sink, Stage, running_sink

FROM = "bounce+abc@herald.example.org"
ADA = "ada@example.org"
BEN = "ben@example.org"
QUICK = Timeouts(connect=0.5, command=0.5, final=0.5, goodbye=0.2)
BODY = wire_bytes(a_letter())
LETTER = Pieces((BODY,))


@asynccontextmanager
async def connected(sink: Sink, *, timeouts: Timeouts = QUICK) -> AsyncIterator[MailConnection]:
    connection = MailConnection(parse_smtp_url(sink.url), local_hostname="herald.example.org", timeouts=timeouts)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_message_arrives_byte_for_byte_with_its_envelope() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        assert await connection.send(FROM, ADA, LETTER) == Accepted(250, "2.0.0 taken")
    [mail] = sink.mails
    assert (mail.sender, mail.recipient, mail.raw) == (FROM, ADA, BODY)
    assert sink.commands[0] == "EHLO herald.example.org"
    assert sink.commands[-1] == "QUIT"


async def test_the_null_path_is_an_empty_sender() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        assert isinstance(await connection.send("", ADA, LETTER), Accepted)
    assert "MAIL FROM:<>" in sink.commands


REPLIES = {
    "421 4.3.2 shutting down": RelayDown,
    "450 4.2.1 mailbox busy": Temporary,
    "451 4.7.1 greylisted": Temporary,
    "452 4.3.1 out of room": Temporary,
    "432 4.3.2 concurrent connections limit exceeded": Temporary,
    "454 4.7.0 try later": Temporary,
    "550 5.1.1 no such person": Refused,
    "550 5.7.1 not allowed": RelayRefuses,
    "530 5.7.0 sign in first": RelayRefuses,
    "535 5.7.8 wrong password": RelayRefuses,
    "552 5.3.4 too big": Refused,
    "554 5.6.0 bad content": Refused,
}
STAGES: list[Stage] = ["MAIL", "RCPT", "DATA", "BODY"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("reply", REPLIES)
async def test_every_reply_at_every_stage_has_its_meaning_and_the_next_message_goes(stage: Stage, reply: str) -> None:
    meaning = REPLIES[reply]
    if stage == "MAIL" and reply.startswith(("550 5.1.1", "554")):
        meaning = RelayRefuses  # nobody has been named yet: it cannot be about the recipient
    async with running_sink() as sink, connected(sink) as connection:
        sink.refuse(stage, reply, times=1)
        outcome = await connection.send(FROM, ADA, LETTER)
        assert type(outcome) is meaning
        if isinstance(outcome, Refused | Temporary | RelayRefuses):
            assert (outcome.code, outcome.text) == (int(reply[:3]), reply[4:])
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)
    assert [mail.recipient for mail in sink.mails] == [BEN]
    assert sink.connections == (2 if reply.startswith("421") else 1)


@pytest.mark.parametrize("stage", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("when", ["before reply", "after reply"])
async def test_a_connection_lost_before_the_body_costs_nothing(stage: Stage, when: str) -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.hang_up(stage, "before reply" if when == "before reply" else "after reply", times=1)
        outcome = await connection.send(FROM, ADA, LETTER)
        lost_after_354 = (stage, when) == ("DATA", "after reply")
        assert isinstance(outcome, RelayDown | Uncertain if lost_after_354 else RelayDown)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Accepted)
    assert len(sink.mails) == 1


async def test_a_lost_final_reply_is_uncertain_because_the_message_may_have_been_taken() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.hang_up("BODY", "before reply", recipient=ADA)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Uncertain)
        assert connection.body_on_its_way
        assert [(mail.recipient, mail.answered) for mail in sink.mails] == [(ADA, False)]
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)
        assert not connection.body_on_its_way


async def test_a_relay_that_hangs_up_after_its_final_reply_has_taken_the_message() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.hang_up("BODY", "after reply", recipient=ADA)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Accepted)
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)
    assert sink.connections == 2


async def test_a_relay_that_hangs_up_in_the_middle_of_the_body_is_uncertain_to_us() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.hang_up("MID-BODY", times=1)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Uncertain)
        assert sink.mails == []


async def test_a_reply_in_the_middle_of_a_long_body_is_not_taken_for_the_answer_to_the_next_message() -> None:
    long = Pieces((wire_bytes(replace(a_letter(), text="word " * 4_000_000)),))
    async with running_sink() as sink, connected(sink, timeouts=Timeouts(final=10)) as connection:
        sink.refuse("MID-BODY", "552 5.3.4 too big", times=1)
        outcome = await connection.send(FROM, ADA, long)
        assert outcome == Refused(552, "5.3.4 too big", suppress=False, message_at_fault=True)
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)
    assert sink.to(BEN)[0].raw == BODY


@pytest.mark.parametrize("stage", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY"])
async def test_a_relay_that_does_not_answer_is_given_up_in_time(stage: Stage) -> None:
    hurried = Timeouts(connect=0.05, command=0.05, final=0.05, goodbye=0.05)
    async with running_sink() as sink, connected(sink, timeouts=hurried) as connection:
        sink.wait(stage, 30, nth=1)
        outcome = await asyncio.wait_for(connection.send(FROM, ADA, LETTER), 5)
        assert type(outcome) is (Uncertain if stage == "BODY" else RelayDown)
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)


async def test_nobody_listening_is_a_relay_that_is_down() -> None:
    async with running_sink() as sink:
        relay = MailRelay("127.0.0.1", sink.port, "none")
    connection = MailConnection(relay, timeouts=QUICK)
    outcome = await connection.send(FROM, ADA, LETTER)
    assert isinstance(outcome, RelayDown)
    await connection.close()


async def test_a_server_that_is_no_mail_server_is_a_relay_that_is_down() -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    connection = MailConnection(MailRelay("127.0.0.1", server.sockets[0].getsockname()[1], "none"), timeouts=QUICK)
    assert isinstance(await connection.send(FROM, ADA, LETTER), RelayDown)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("greeting", ["554 5.7.1 you are blocked", "550 no"])
async def test_a_relay_that_will_not_have_us_opens_the_breaker_at_no_cost_to_the_message(greeting: str) -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.refuse("GREETING", greeting)
        assert await connection.send(FROM, ADA, LETTER) == RelayRefuses(
            int(greeting[:3]), greeting[4:], message_named=False
        )


async def test_a_busy_greeting_is_a_relay_that_is_down() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.refuse("GREETING", "421 4.3.2 too many connections", times=1)
        assert isinstance(await connection.send(FROM, ADA, LETTER), RelayDown)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Accepted)


async def test_an_old_relay_that_knows_no_ehlo_is_greeted_the_old_way() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.refuse("EHLO", "500 what?", nth=1)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Accepted)
    assert sink.commands[:2] == ["EHLO herald.example.org", "HELO herald.example.org"]


async def test_one_session_carries_many_messages_and_refused_ones_do_not_end_it() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.refuse("RCPT", "550 5.1.1 gone", recipient="gone*@example.org")
        for number in range(30):
            who = f"gone{number}@example.org" if number % 3 == 0 else f"here{number}@example.org"
            outcome = await connection.send(FROM, who, LETTER)
            assert outcome == (
                Refused(550, "5.1.1 gone", suppress=True) if number % 3 == 0 else Accepted(250, "2.0.0 taken")
            )
    assert (sink.connections, len(sink.mails), sink.commands.count("RSET")) == (1, 20, 10)


async def test_a_session_is_renewed_after_five_hundred_messages() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        for number in range(501):
            await connection.send(FROM, f"p{number}@example.org", LETTER)
    assert [sink.connections, len(sink.mails), sink.mails[499].connection, sink.mails[500].connection] == [2, 501, 1, 2]


async def test_a_session_that_was_idle_too_long_is_renewed() -> None:
    async with running_sink() as sink, connected(sink, timeouts=replace(QUICK, idle=0.05)) as connection:
        await connection.send(FROM, ADA, LETTER)
        await connection.send(FROM, ADA, LETTER)
        assert sink.connections == 1
        await asyncio.sleep(0.1)
        await connection.send(FROM, BEN, LETTER)
    assert (sink.connections, len(sink.mails)) == (2, 3)


async def test_a_session_that_the_relay_ended_while_idle_is_opened_again_without_anybody_noticing() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        sink.hang_up("BODY", "after reply", nth=1)
        await connection.send(FROM, ADA, LETTER)
        await asyncio.sleep(0.05)
        assert not connection.is_open
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)


async def test_a_sending_that_is_cancelled_leaves_no_reply_behind_for_the_next() -> None:
    async with running_sink() as sink, connected(sink, timeouts=Timeouts()) as connection:
        sink.wait("BODY", 5, recipient=ADA)
        task = asyncio.create_task(connection.send(FROM, ADA, LETTER))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert connection.body_on_its_way
        assert not connection.is_open
        sink.behave()
        sink.refuse("BODY", "554 5.6.0 this is Ben's answer", recipient=BEN)
        assert await connection.send(FROM, BEN, LETTER) == Refused(554, "5.6.0 this is Ben's answer", suppress=False)


HOSTILE = [
    "",
    "ada",
    "a b@example.org",
    "a@example.org> SIZE=1",
    "a@example.org\r\nRCPT TO:<x@example.org",
    "å@example.org",
]


@pytest.mark.parametrize("address", HOSTILE)
async def test_an_address_that_could_smuggle_a_command_never_reaches_the_relay(address: str) -> None:
    async with running_sink() as sink, connected(sink) as connection:
        outcome = await connection.send(FROM, address, LETTER)
        assert isinstance(outcome, Refused)
        assert not outcome.suppress
    assert sink.commands == []


async def test_close_is_safe_at_any_time() -> None:
    async with running_sink() as sink, connected(sink) as connection:
        await connection.close()
        await connection.send(FROM, ADA, LETTER)
        await connection.close()
        await connection.close()
        assert isinstance(await connection.send(FROM, BEN, LETTER), Accepted)


@pytest.mark.parametrize("implicit", [False, True])
async def test_letters_travel_encrypted_and_signed_in(implicit: bool) -> None:
    signed = ("herald", "correct horse")
    async with running_sink(starttls=not implicit, implicit_tls=implicit, sign_in=signed) as sink:
        relay = replace(parse_smtp_url(sink.url), username=signed[0], password=signed[1])
        connection = MailConnection(relay, timeouts=QUICK)
        assert isinstance(await connection.send(FROM, ADA, LETTER), Accepted)
        await connection.close()
    assert [mail.tls for mail in sink.mails] == [True]


async def test_a_wrong_password_is_the_relays_refusal_not_the_persons() -> None:
    async with running_sink(starttls=True, sign_in=("herald", "right")) as sink:
        relay = replace(parse_smtp_url(sink.url), username="herald", password="wrong")
        connection = MailConnection(relay, timeouts=QUICK)
        outcome = await connection.send(FROM, ADA, LETTER)
        assert outcome == RelayRefuses(535, "5.7.8 wrong name or password", message_named=False)


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_certificate_nobody_vouches_for_is_never_spoken_to(implicit: bool) -> None:
    async with running_sink(starttls=not implicit, implicit_tls=implicit) as sink:
        connection = MailConnection(replace(parse_smtp_url(sink.url), ca_file=""), timeouts=QUICK)
        outcome = await connection.send(FROM, ADA, LETTER)
        assert isinstance(outcome, RelayRefuses)
        assert "certificate" in outcome.text.lower()
    assert sink.mails == []


async def test_no_tls_on_offer_means_no_mail_and_no_password_in_the_clear() -> None:
    async with running_sink(sign_in=("herald", "secret")) as sink:
        relay = MailRelay("127.0.0.1", sink.port, "starttls", username="herald", password="secret")
        connection = MailConnection(relay, timeouts=QUICK)
        assert isinstance(await connection.send(FROM, ADA, LETTER), RelayRefuses)
    assert not [command for command in sink.commands if command.startswith(("AUTH", "MAIL"))]


async def test_names_beyond_ascii_arrive_as_they_were_written() -> None:
    letter = replace(a_letter(), to_name="Zoë Łukasz 李", subject="Wer ist zuständig? – “Signs of Safety” ✓ " * 4)
    async with running_sink() as sink, connected(sink) as connection:
        await connection.send(FROM, ADA, Pieces((wire_bytes(letter),)))
    got = message_from_bytes(sink.mails[0].raw, policy=SMTP_POLICY)
    assert got["To"].addresses[0].display_name == letter.to_name
    assert got["Subject"] == letter.subject.rstrip() or got["Subject"] == letter.subject
