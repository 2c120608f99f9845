"""The mail relay as a setting: where it is, how it is reached, and how fast it lets us send.

The forms are those of the contract: `smtp://user:pass@host:port?tls=starttls|tls|none` and `30/min,10000/day`.
Both parsers raise `RelaySettingError` with a sentence that says what to write; neither error ever repeats a password.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Tls = Literal["starttls", "tls", "none"]

SUBMISSIONS_PORT: Final = 465  # RFC 8314: TLS from the first byte
_DEFAULT_PORTS: Final[dict[Tls, int]] = {"starttls": 587, "tls": SUBMISSIONS_PORT, "none": 25}
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?")
_FORM: Final = "smtp://user:pass@host:port?tls=starttls|tls|none"
_PERIODS: Final[dict[str, timedelta]] = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
}


class RelaySettingError(ValueError):
    """A relay address or a rate that cannot be used; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class MailRelay:
    """One relay. `ca_file` names a certificate authority of the agency's own; empty means the system's."""

    host: str
    port: int
    tls: Tls
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""

    @property
    def exposes_password(self) -> bool:
        """Whether the password would cross a network in the clear."""
        return bool(self.password) and self.tls == "none" and not _is_loopback(self.host)

    def __str__(self) -> str:
        """The relay as it may be logged and shown: no name, no password."""
        return f"{self.host}:{self.port} ({self.tls})"


@dataclass(frozen=True, slots=True)
class RateWindow:
    """At most `messages` in any stretch of `period`."""

    messages: int
    period: timedelta


def parse_smtp_url(url: str) -> MailRelay:
    """Read `HERALD_SMTP_URL`.

    Without `tls=` a relay on this machine is spoken to plainly, port 465 by TLS, everything else by STARTTLS: the safe
    reading of silence. User and password may be percent-encoded. Raises `RelaySettingError`.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise RelaySettingError(f"The port in the mail relay's address is not a number. Write {_FORM}.") from None
    if parts.scheme != "smtp":
        raise RelaySettingError(f"A mail relay's address begins with smtp://. Write {_FORM}.")
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or parts.path not in ("", "/") or parts.fragment:
        raise RelaySettingError(
            f"The mail relay's address needs a host and nothing after the port but ?tls=. {_hint()}"
        )
    options = _options(parts)
    tls = _tls(options.get("tls"), host=host, port=port)
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and not username:
        raise RelaySettingError(f"The mail relay's address has a password but no user name. Write {_FORM}.")
    return MailRelay(
        host=host,
        port=_DEFAULT_PORTS[tls] if port is None else port,
        tls=tls,
        username=username,
        password=password,
        ca_file=options.get("ca", ""),
    )


def parse_rate(text: str) -> tuple[RateWindow, ...]:
    """Read `HERALD_SMTP_RATE`, such as `30/min,10000/day`; empty means no limit. Raises `RelaySettingError`."""
    windows = []
    for piece in filter(None, (part.strip() for part in text.split(","))):
        number, slash, unit = piece.partition("/")
        period = _PERIODS.get(unit.strip().lower())
        if not slash or period is None or not re.fullmatch(r"[1-9][0-9]{0,8}", number.strip()):
            raise RelaySettingError(f'"{piece}" is not a rate. Write for example 30/min or 30/min,10000/day.')
        windows.append(RateWindow(messages=int(number), period=period))
    return tuple(sorted(windows, key=lambda window: window.period))


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - {"tls", "ca"})
    if unknown:
        raise RelaySettingError(f'The mail relay\'s address has an option "{unknown[0]}" that nobody knows. {_hint()}')
    return options


def _tls(given: str | None, *, host: str, port: int | None) -> Tls:
    known: dict[str, Tls] = {"starttls": "starttls", "tls": "tls", "none": "none"}
    if given in known:
        return known[given]
    if given is not None:
        raise RelaySettingError(f"tls={given} is not known: write tls=starttls, tls=tls or tls=none. {_hint()}")
    if port == SUBMISSIONS_PORT:
        return "tls"
    return "none" if _is_loopback(host) else "starttls"


def _hint() -> str:
    return f"The form is {_FORM}, with &ca=FILE for a certificate authority of your own."


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
