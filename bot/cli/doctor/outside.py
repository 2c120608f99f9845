"""What `herald doctor` sees of the world outside: the relay, Slack, the listener for replies. It sends no mail."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

from bot.cli.doctor.check import Check
from bot.rules.relay import MailRelay, parse_rate, parse_smtp_url
from bot.rules.relay_presets import ANY, preset_for
from bot.rules.sending_pace import limits_in_words
from bot.settings import MailSettings, Settings
from bot.slack_manifest import SCOPES
from handlers.slack.checks import ask_slack

REACH_WITHIN_S = 5
NAME = b"herald-doctor"


async def outside(settings: Settings) -> AsyncIterator[Check]:
    """The relay, replies by e-mail, Slack."""
    yield await _relay(settings.mail)
    if settings.mail is not None:
        yield limits(settings.mail)
        yield await _replies(settings.mail)
    for check in await _slack(settings):
        yield check


async def _slack(settings: Settings) -> list[Check]:
    slack = settings.slack
    if slack is None:
        how = "Run: herald slack manifest, make the app in Slack, then set the tokens that it names."
        return [Check("Slack", False, "not set up; everything works by e-mail and on the web", how, blocking=False)]
    ways = ["Socket Mode"] if slack.app_token else []
    ways += [f"{settings.base_url}/slack/events"] if slack.signing_secret else []
    reachable = bool(slack.app_token) or settings.base_url.startswith("https://")
    how = "Slack wants an https address: set HERALD_BASE_URL, or HERALD_SLACK_APP_TOKEN for Socket Mode."
    asked = await ask_slack(slack, scopes=SCOPES)
    return [
        Check("Slack", reachable, f"reaches Herald by {' and '.join(ways)}", how, blocking=False),
        *(Check(one.name, one.good, one.found, one.remedy, blocking=one.reached) for one in asked),
    ]


async def _relay(mail: MailSettings | None) -> Check:
    if mail is None:
        return Check("mail relay", False, "not set", "Set HERALD_SMTP_URL; until then e-mails wait.", blocking=False)
    relay = parse_smtp_url(mail.smtp_url)
    remedy = "Check HERALD_SMTP_URL, and that a firewall lets this machine out to the relay."
    try:
        async with asyncio.timeout(REACH_WITHIN_S):
            trouble = await _greet(relay)
    except ssl.SSLError as problem:
        advice = "Its certificate must fit its name; an authority of your own is named by ?ca=FILE."
        return Check("mail relay", False, f"{relay} has no TLS that can be trusted ({problem.reason})", advice)
    except (OSError, TimeoutError) as problem:
        return Check("mail relay", False, f"{relay} does not answer ({problem or 'no time left'})", remedy)
    if trouble:
        return Check("mail relay", False, f"{relay} {trouble}", remedy)
    if relay.exposes_password:
        advice = "Write tls=starttls or tls=tls at the end of HERALD_SMTP_URL."
        return Check("mail relay", False, f"{relay} would be given the password in the clear", advice, blocking=False)
    return Check("mail relay", True, f"{relay} answers{', with TLS' if relay.tls != 'none' else ''}")


def limits(mail: MailSettings) -> Check:
    """How fast mail leaves, and whether the relay's own limits are kept where we know them."""
    known = preset_for(mail.smtp_url)
    windows = parse_rate(mail.rate)
    found = f"{known.name}: {limits_in_words(windows) or 'no limit'}, {_counted(mail.connections)}"
    if known is ANY:
        return Check("mail limits", True, found)
    most = {window.period: window.messages for window in known.windows}
    mine = {window.period: window.messages for window in windows}
    over = any(mine.get(period, messages + 1) > messages for period, messages in most.items())
    advice = f"{known.note} Take HERALD_SMTP_RATE and HERALD_SMTP_CONNECTIONS out, unless yours was given more."
    return Check("mail limits", not over and mail.connections <= known.connections, found, advice, blocking=False)


def _counted(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"


async def _greet(relay: MailRelay) -> str:
    """Says hello as a mailer would, up to TLS and no further; what is wrong, or nothing."""
    trust = ssl.create_default_context(cafile=relay.ca_file or None) if relay.tls != "none" else None
    at_once = trust if relay.tls == "tls" else None
    reader, writer = await asyncio.open_connection(relay.host, relay.port, ssl=at_once)
    try:
        if not (await reader.readline()).startswith(b"220"):
            return "answers, but not as a mail relay does"
        offered = await _say(reader, writer, b"EHLO " + NAME)
        if relay.tls == "starttls":
            if not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
                return "offers no STARTTLS; write tls=tls or, inside your own network, tls=none"
            await _say(reader, writer, b"STARTTLS")
            await writer.start_tls(trust or ssl.create_default_context(), server_hostname=relay.host)
        await _say(reader, writer, b"QUIT")
    finally:
        await _hang_up(writer)
    return ""


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> list[bytes]:
    """One command and the lines of its answer (RFC 5321 4.2.1: the last has a space after its code)."""
    writer.write(words + b"\r\n")
    await writer.drain()
    lines = [await reader.readline()]
    while lines[-1][3:4] == b"-":
        lines.append(await reader.readline())
    return lines


async def _replies(mail: MailSettings) -> Check:
    name = "replies by e-mail"
    if not mail.inbound:
        advice = "To have replies read, set HERALD_MAIL_DOMAIN and HERALD_MAIL_LISTEN (docs/how-to/connect-mail.md)."
        return Check(name, False, f"go to {mail.sender}, to be read by people", advice, blocking=False)
    if not mail.listen:
        advice = f"Set HERALD_MAIL_LISTEN, or let your mail server pipe mail for {mail.domain} to: herald receive"
        return Check(name, False, f"read only if {mail.domain} is piped to Herald", advice, blocking=False)
    host, _, port = mail.listen.rpartition(":")
    remedy = "It listens while herald serve runs. Not needed before you begin."
    try:
        async with asyncio.timeout(REACH_WITHIN_S):
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            greeting = await reader.readline()
            await _hang_up(writer)
    except (OSError, TimeoutError):
        return Check(name, False, f"nobody listens at {mail.listen}", remedy, blocking=False)
    listens = greeting.startswith(b"220")
    return Check(name, listens, f"{mail.domain}, taken in at {mail.listen}", "Something else uses that port.", False)
