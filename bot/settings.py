"""What an installation is told from outside. Only the shell reads the environment; everybody else is given this value."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.keyring import Keyring


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How Herald reaches Slack. Tokens never show in `repr`."""

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How Herald sends mail and which addresses it writes from."""

    smtp_url: str = field(repr=False)
    connections: int = 5
    rate: str = ""
    sender: str = "herald@localhost"
    domain: str = "localhost"
    listen: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation is told (contract, Settings). `state_dir` keeps the mail journal; `demo` marks the demo."""

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
