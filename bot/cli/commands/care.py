"""Commands that look after an installation."""

from bot.cli.command import AS_JSON, DRY_RUN, YES, Command, argument

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and tries again."""

COMMANDS = (
    Command(("migrate",), "bring the database to this program's version", "bot.cli.care:migrate", (DRY_RUN, AS_JSON)),
    Command(
        ("doctor",), "check the installation; each cross comes with its remedy", "bot.cli.doctor:doctor", (AS_JSON,)
    ),
    Command(
        ("backup",),
        "copy the database into one portable, checked file, while Herald runs",
        "bot.cli.backup:backup",
        (
            argument("file", metavar="FILE", help="a new file; one that is there is never overwritten"),
            argument("--verify", action="store_true", help="check a backup instead of making one"),
            AS_JSON,
        ),
        ("herald backup herald-2026-11-24.backup", "herald backup --verify herald-2026-11-24.backup"),
    ),
    Command(
        ("restore",),
        "put a backup in place of the database; ends all sessions and links, pauses sending",
        "bot.cli.backup:restore",
        (argument("file", metavar="FILE", help="a backup made by herald backup"), YES),
    ),
    Command(
        ("receive",),
        "take in one raw e-mail from standard input, for the pipe of a mail server",
        "bot.cli.receive:receive_one",
        (
            argument("--to", metavar="ADDRESS", help="whom it is for; otherwise what the mail server or the mail says"),
            argument("--sender", metavar="ADDRESS", help="the envelope's sender; empty for a bounce"),
        ),
        ("herald receive --to reply+TOKEN@herald.example.org < mail.eml",),
        fails_as=TRY_AGAIN,
    ),
    Command(
        ("audit", "verify"),
        "check the chain of the audit log; names the first bad entry",
        "bot.cli.care:verify",
        (AS_JSON,),
    ),
)
