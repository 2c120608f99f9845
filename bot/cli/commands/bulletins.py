"""Commands about bulletins."""

from bot.cli.command import AS_JSON, Command, argument

BULLETIN = argument("id", metavar="ID", help="the bulletin's id")

SHOWN = ("have-it", "on-its-way", "failed", "unknown", "held-back", "practice", "called-off")
"""The filters of `handlers/bulletins/recipient_words.py`; not imported, so that `--help` answers at once."""

COMMANDS = (
    Command(
        ("bulletin", "preview"),
        "show a bulletin as a reader will see it",
        "bot.cli.bulletins:preview",
        (
            BULLETIN,
            argument("--as", dest="reader", metavar="EMAIL", help="as this reader; otherwise as nobody in particular"),
            argument("--format", choices=("html", "text", "slack", "eml"), default="text", help="(%(default)s)"),
        ),
    ),
    Command(
        ("bulletin", "test"),
        "send a bulletin to one address to look at",
        "bot.cli.bulletins:test",
        (BULLETIN, argument("--to", metavar="EMAIL", required=True, help="somebody in the register"), AS_JSON),
    ),
    Command(
        ("bulletin", "approve"),
        "release a bulletin, as a publisher who did not write it",
        "bot.cli.bulletins:approve",
        (BULLETIN, argument("--by", metavar="EMAIL", required=True, help="the publisher"), AS_JSON),
    ),
    Command(
        ("bulletin", "send"),
        "send an approved bulletin now or at a time; or one that was sent, to those who missed it",
        "bot.cli.bulletins:send",
        (
            BULLETIN,
            argument("--at", metavar="T", help="local time, such as 2026-12-01T09:00"),
            argument("--not-after", metavar="T", help="a new last moment, for one whose time is over"),
            argument("--missed", action="store_true", help="to everybody who is meant to have it now and does not"),
            argument("--by", metavar="EMAIL", help="the publisher, for the audit log"),
            AS_JSON,
        ),
    ),
    Command(("bulletin", "pause"), "stop sending for now", "bot.cli.bulletins:pause", (BULLETIN, AS_JSON)),
    Command(("bulletin", "resume"), "go on sending", "bot.cli.bulletins:resume", (BULLETIN, AS_JSON)),
    Command(("bulletin", "cancel"), "stop sending for good", "bot.cli.bulletins:cancel", (BULLETIN, AS_JSON)),
    Command(
        ("bulletin", "opinions"),
        "which stories readers found useful",
        "bot.cli.bulletin_opinions:opinions",
        (BULLETIN, AS_JSON),
    ),
    Command(
        ("bulletin", "status"),
        "how far a bulletin has come, and when it is finished",
        "bot.cli.bulletin_status:status",
        (BULLETIN, AS_JSON),
    ),
    Command(
        ("bulletin", "recipients"),
        "who got a bulletin and who did not, as a CSV table",
        "bot.cli.bulletin_status:recipients",
        (
            BULLETIN,
            argument("--show", choices=SHOWN, metavar="STATE", help=f"only one state: {', '.join(SHOWN)}"),
        ),
    ),
)
