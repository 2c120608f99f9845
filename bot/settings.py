"""What an installation is told from outside. Only the shell reads the environment; all others are given this value."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bot.keyring import Keyring
from bot.rules.relay import RelaySettingError, parse_rate, parse_smtp_url
from bot.rules.relay_presets import preset_for

NAMES: Final[dict[str, str]] = {
    "HERALD_DATABASE_URL": "where everything is kept: sqlite:///herald.db or postgresql://user:pass@host/name",
    "HERALD_BASE_URL": "the address under which people reach Herald, such as https://herald.example.org",
    "HERALD_SECRET_KEY": "the secret that seals answers and signs links; several with commas, the newest first",
    "HERALD_SMTP_URL": "the mail relay: smtp://user:pass@host:port?tls=starttls|tls|none",
    "HERALD_SMTP_CONNECTIONS": "how many connections to the relay at once",
    "HERALD_SMTP_RATE": "how fast the relay lets us send, such as 30/min,10000/day",
    "HERALD_MAIL_FROM": "the address that messages come from",
    "HERALD_MAIL_DOMAIN": "the domain of reply and bounce addresses",
    "HERALD_MAIL_LISTEN": "host:port where replies and bounces come in; empty: nowhere",
    "HERALD_SLACK_BOT_TOKEN": "the bot token of the Slack app (xoxb-...)",
    "HERALD_SLACK_SIGNING_SECRET": "the signing secret of the Slack app; not needed with HERALD_SLACK_APP_TOKEN",
    "HERALD_SLACK_APP_TOKEN": "an app-level token (xapp-...): Socket Mode, no public address needed",
    "HERALD_SLACK_API_URL": "where Slack's Web API is; only for tests and the demo",
    "HERALD_MODE": "practice (only the operations team receives messages) or live",
    "HERALD_LOG": "text or json",
    "HERALD_STATE_DIR": "the folder of the journal of sent mail",
    "HERALD_METRICS_TOKEN": "lets other machines read /metrics",
    "HERALD_ALARM_WEBHOOK": "an address that is called when neither Slack nor mail can be reached",
    "HERALD_TRUSTED_PROXIES": "addresses of the TLS proxy whose forwarded headers are believed, with commas",
}
"""Every setting and what it is for. `NAME_FILE` names a file that holds the value."""

DEFAULT_BASE_URL: Final = "http://127.0.0.1:8000"
SHORTEST_SECRET: Final = 32  # characters; 256 bits as hex are 64, as base64 43 (ASVS 11.2.3 asks for 128 bits at least)
_ADDRESS: Final = re.compile(r"[^@\s<>,;]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LISTEN: Final = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?P<port>[0-9]{1,5})")
_DATABASES: Final = ("sqlite", "postgresql", "postgres")

ReadFile = Callable[[str], str]


class SettingsProblems(Exception):
    """Settings that cannot be used. Holds every problem at once, each a sentence that says what to write."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keeps the problems in the order in which they were found."""
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How Herald reaches Slack. Tokens never show in `repr`."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How Herald sends mail and which addresses it writes from.

    `rate` and `connections` are what was set, or what is known of the relay (`bot/rules/relay_presets.py`). `inbound`
    says whether replies and bounces can come back; where they cannot, `Reply-To` is the sender (settled).
    """

    smtp_url: str = field(repr=False)
    connections: int = 5
    rate: str = ""
    sender: str = "herald@localhost"
    domain: str = "localhost"
    listen: str = ""
    inbound: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation is told. `state_dir` keeps the mail journal; `demo` marks the demo.

    `trusted_proxies` are the addresses whose `X-Forwarded-*` headers are believed; nobody's are by default.
    """

    database_url: str
    base_url: str
    keyring: Keyring
    mail: MailSettings | None
    slack: SlackSettings | None
    live: bool = False
    json_log: bool = False
    state_dir: Path = Path("herald-state")
    metrics_token: str = field(default="", repr=False)
    alarm_webhook: str = ""
    demo: bool = False
    trusted_proxies: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, read_file: ReadFile | None = None) -> "Settings":
        """The settings that these variables spell out; variables of other programs are passed over.

        `read_file` gives the text of a file for `NAME_FILE` variables. Raises SettingsProblems with all problems.
        """
        problems: list[str] = []
        given = _given(environ, read_file, problems)
        reader = _Reader(given, problems)
        live = reader.word("HERALD_MODE", ("practice", "live")) == "live"
        base_url = reader.base_url(live=live)
        settings = cls(
            database_url=reader.database_url(),
            base_url=base_url,
            keyring=reader.keyring(),
            mail=reader.mail(base_url),
            slack=reader.slack(),
            live=live,
            json_log=reader.word("HERALD_LOG", ("text", "json")) == "json",
            state_dir=Path(reader.text("HERALD_STATE_DIR", "herald-state")),
            metrics_token=reader.metrics_token(),
            alarm_webhook=reader.web_address("HERALD_ALARM_WEBHOOK"),
            trusted_proxies=reader.proxies(),
        )
        if problems:
            raise SettingsProblems(tuple(problems))
        return settings


def _given(environ: Mapping[str, str], read_file: ReadFile | None, problems: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name in sorted(name for name in environ if name.startswith("HERALD_")):
        bare = name.removesuffix("_FILE")
        if name in NAMES:
            given[name] = environ[name].strip()
        elif bare in NAMES and environ.get(bare):
            problems.append(f"{bare} and {name} are both set. Keep one of the two.")
        elif bare in NAMES:
            given[bare] = _from_file(name, environ[name], read_file, problems)
        else:
            like = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.75)
            hint = f"Did you mean {like[0]}?" if like else "Take it out; deploy/.env.example lists what there is."
            problems.append(f"{name} is not a setting of Herald. {hint}")
    return {name: value for name, value in given.items() if value}


def _from_file(name: str, path: str, read_file: ReadFile | None, problems: list[str]) -> str:
    if not path.strip() or read_file is None:
        return ""
    try:
        text = read_file(path.strip()).strip()
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not text"
        problems.append(f"{name} names {path}, which cannot be read ({reason}). Check the path and who may read it.")
        return ""
    if not text:
        problems.append(f"{name} names {path}, which is empty. Put the value into that file.")
    return text


class _Reader:
    """Reads single settings; what is wrong goes to the list of problems, and a harmless value is given back."""

    def __init__(self, given: Mapping[str, str], problems: list[str]) -> None:
        self._given = given
        self._problems = problems

    def text(self, name: str, default: str = "") -> str:
        return self._given.get(name, default)

    def word(self, name: str, words: tuple[str, ...]) -> str:
        found = self.text(name, words[0])
        if found not in words:
            self._problems.append(f'{name} is "{found}". Write {" or ".join(words)}.')
        return found

    def database_url(self) -> str:
        name = "HERALD_DATABASE_URL"
        found = self.text(name, "sqlite:///herald.db")
        scheme, separator, rest = found.partition("://")
        if scheme.partition("+")[0] not in _DATABASES or not separator or not rest.strip("/"):
            self._problems.append(f"{name} must look like sqlite:///herald.db or postgresql://user:pass@host/name.")
        return found

    def base_url(self, *, live: bool) -> str:
        name = "HERALD_BASE_URL"
        if live and not self.text(name):
            self._problems.append(f"{name} is missing: {NAMES[name]}. Links in messages begin with it.")
        found = self.web_address(name) or DEFAULT_BASE_URL
        parts = _split(found)
        if parts is not None and (parts.path not in ("", "/") or parts.query or parts.fragment or parts.username):
            self._problems.append(f"{name} is only scheme, host and port, such as https://herald.example.org.")
        return found.rstrip("/")

    def web_address(self, name: str) -> str:
        found = self.text(name)
        parts = _split(found)
        if found and (parts is None or parts.scheme not in ("http", "https") or not parts.hostname):
            self._problems.append(f"{name} must begin with http:// or https:// and name a host.")
        return found

    def keyring(self) -> Keyring:
        name = "HERALD_SECRET_KEY"
        secrets = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        make_one = "Make one with: herald init, or: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        if not secrets:
            self._problems.append(f"{name} is missing: {NAMES[name]}. {make_one}")
        for place, secret in enumerate(secrets, start=1):
            if len(secret) < SHORTEST_SECRET:
                which = "" if len(secrets) == 1 else f" number {place}"
                shortest = f"it needs at least {SHORTEST_SECRET}"
                self._problems.append(f"{name}{which} has {len(secret)} characters; {shortest}. {make_one}")
        if len(set(secrets)) < len(secrets):
            self._problems.append(f"{name} holds the same secret twice. Each one stands there once, the newest first.")
        return Keyring(secrets or ("",))

    def mail(self, base_url: str) -> MailSettings | None:
        url = self.text("HERALD_SMTP_URL")
        known = preset_for(url)
        sender = self.sender(base_url)
        found = MailSettings(
            smtp_url=url,
            connections=self.number("HERALD_SMTP_CONNECTIONS", default=known.connections, low=1, high=50),
            rate=self.text("HERALD_SMTP_RATE", known.rate),
            sender=sender,
            domain=self.domain(sender),
            listen=self.listen(),
            inbound=bool(self.text("HERALD_MAIL_DOMAIN") or self.text("HERALD_MAIL_LISTEN")),
        )
        for name, check in (("HERALD_SMTP_URL", parse_smtp_url), ("HERALD_SMTP_RATE", parse_rate)):
            try:
                if self.text(name):
                    check(self.text(name))
            except RelaySettingError as problem:
                self._problems.append(f"{name}: {problem}")
        return found if url else None

    def sender(self, base_url: str) -> str:
        name = "HERALD_MAIL_FROM"
        parts = _split(base_url)
        host = (parts.hostname if parts is not None else None) or "localhost"
        found = self.text(name, f"herald@{'localhost' if _is_number(host) else host}")
        if not _ADDRESS.fullmatch(parseaddr(found)[1]):
            self._problems.append(f"{name} is not an e-mail address. Write it like herald@example.org.")
        return found

    def domain(self, sender: str) -> str:
        found = self.text("HERALD_MAIL_DOMAIN", parseaddr(sender)[1].rpartition("@")[2] or "localhost")
        if not _DOMAIN.fullmatch(found):
            self._problems.append("HERALD_MAIL_DOMAIN is only a domain, such as herald.example.org.")
        return found

    def listen(self) -> str:
        found = self.text("HERALD_MAIL_LISTEN")
        match = _LISTEN.fullmatch(found)
        if found and (match is None or not 0 <= int(match["port"]) <= 65535):
            self._problems.append("HERALD_MAIL_LISTEN must be host:port, such as 127.0.0.1:2525.")
        return found

    def number(self, name: str, *, default: int, low: int, high: int) -> int:
        found = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", found) or not low <= int(found) <= high:
            self._problems.append(f'{name} is "{found}". Write a whole number from {low} to {high}.')
            return default
        return int(found)

    def slack(self) -> SlackSettings | None:
        token, secret = self.text("HERALD_SLACK_BOT_TOKEN"), self.text("HERALD_SLACK_SIGNING_SECRET")
        app_token = self.text("HERALD_SLACK_APP_TOKEN")
        api_url = self.web_address("HERALD_SLACK_API_URL") or SlackSettings("", "").api_url
        if (secret or app_token) and not token:
            self._problems.append(f"HERALD_SLACK_BOT_TOKEN is missing: {NAMES['HERALD_SLACK_BOT_TOKEN']}.")
        if token and not (secret or app_token):
            name = "HERALD_SLACK_SIGNING_SECRET"
            instead = "or set HERALD_SLACK_APP_TOKEN, which needs none: Socket Mode."
            self._problems.append(f"{name} is missing: {NAMES[name]}. Nobody can tell Slack from a forger; {instead}")
        if app_token.startswith(("xoxb-", "xoxp-", "xoxe")):
            self._problems.append(f"HERALD_SLACK_APP_TOKEN must begin with xapp-: {NAMES['HERALD_SLACK_APP_TOKEN']}.")
        if token.startswith("xapp-"):
            self._problems.append(
                f"HERALD_SLACK_BOT_TOKEN must be {NAMES['HERALD_SLACK_BOT_TOKEN']}, not an app token."
            )
        if not token:
            return None
        return SlackSettings(token, secret, app_token, f"{api_url.rstrip('/')}/")

    def metrics_token(self) -> str:
        found = self.text("HERALD_METRICS_TOKEN")
        if found and len(found) < 16:
            self._problems.append("HERALD_METRICS_TOKEN is too easy to guess. Write at least 16 characters.")
        return found

    def proxies(self) -> tuple[str, ...]:
        found = tuple(part.strip() for part in self.text("HERALD_TRUSTED_PROXIES").split(",") if part.strip())
        for proxy in found:
            if not _is_network(proxy):
                self._problems.append(f'HERALD_TRUSTED_PROXIES: "{proxy}" is not an address such as 127.0.0.1.')
        return found


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for a port that is no number
    except ValueError:
        return None
    return parts


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
