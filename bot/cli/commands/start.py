"""Commands that begin something: the demo, an installation, the processes."""

from bot.cli.command import AS_JSON, Command, argument

HOST = argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
PORT = argument("--port", type=int, default=8000, help="the port to listen on (%(default)s; 0 takes a free one)")

COMMANDS = (
    Command(
        ("demo",),
        "look around in an invented partnership, everything in the browser",
        "bot.cli.demo:demo",
        (
            PORT,
            argument("--data", metavar="DIR", default="demo-data", help="where the demo keeps its data (%(default)s)"),
            argument("--reset", action="store_true", help="begin again with fresh data"),
        ),
        ("herald demo", "herald demo --port 8080 --reset"),
        stays=True,
    ),
    Command(
        ("init",),
        "set up a new installation: asks, then writes .env and partnership.yaml",
        "bot.cli.init:init",
        (
            argument("--name", metavar="NAME", help="answers the question for the partnership's name"),
            argument("--area", metavar="AREA", help="... for its area"),
            argument("--agency", metavar="NAME", help="... for the agency that leads it"),
            argument("--door", metavar="NAME", help="... for whom to ring when a child may be at risk"),
            argument("--phone", metavar="NUMBER", help="... for their telephone number"),
            argument("--base-url", metavar="URL", help="... for the address under which people open Herald"),
            argument("--mail-from", metavar="EMAIL", help="... for the address that e-mails come from"),
            argument("--smtp-url", metavar="URL", help="... for the mail relay; a password is safer typed than here"),
            argument("--slack", choices=("none", "http", "socket"), help="... for how Slack reaches Herald"),
        ),
        ("herald init", "herald init --slack socket"),
    ),
    Command(
        ("serve",),
        "run the web pages, Slack and the background work in one process",
        "bot.cli.serve:serve",
        (HOST, PORT, argument("--no-worker", action="store_true", help="leave the background work to `herald worker`")),
        ("herald serve", "herald serve --host 127.0.0.1 --port 8000 --no-worker"),
        stays=True,
    ),
    Command(
        ("worker",),
        "run only the background work; as many as you like on PostgreSQL",
        "bot.cli.serve:worker",
        stays=True,
    ),
    Command(("tick",), "do once everything that is due now, then end", "bot.cli.serve:tick", (AS_JSON,)),
)
