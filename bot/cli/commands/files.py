"""Commands that take files: everything that `apply` knows, and registers of past briefings."""

from bot.cli.command import AS_JSON, DRY_RUN, Command, argument

COMMANDS = (
    Command(
        ("apply",),
        "load partnership, survey, briefings, bulletin and deadlines files",
        "bot.cli.files:apply",
        (
            argument("files", nargs="+", metavar="FILE", help="a file; its first key says what it is"),
            argument("--by", metavar="EMAIL", help="who brings it: the author of a bulletin"),
            argument("--strict", action="store_true", help="advice (W…) stops it as well: exit 1, nothing is kept"),
            argument("--minor", action="store_true", help="only spelling is mended: allowed after the first reply"),
            DRY_RUN,
            AS_JSON,
        ),
        ("herald apply partnership.yaml", "herald apply surveys/*.yaml --dry-run"),
    ),
    Command(
        ("attendance", "import"),
        "read who came to past briefings from a CSV file",
        "bot.cli.files:attendance",
        (
            argument("file", metavar="FILE.csv", help="briefing,email,status or briefing,agency,attended"),
            DRY_RUN,
            AS_JSON,
        ),
    ),
)
