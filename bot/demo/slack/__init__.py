"""A small real Slack: a Web API, a page to use it by hand, and `SlackPerson` to drive it from tests.

What works here must work in Slack: limits, error codes, signatures, payloads and the three seconds are Slack's.
"""

from bot.demo.slack.door import AppDoor, Delivery, Parcel, Signing
from bot.demo.slack.faults import Garbled, Hang, RateLimited, Refuses, Reset, ServerError
from bot.demo.slack.messages import Pace
from bot.demo.slack.person import SlackPerson
from bot.demo.slack.records import App, Member, Message, OpenView, SlackRefusal, Team
from bot.demo.slack.server import StandIn, build_stand_in, running_stand_in
from bot.demo.slack.sockets import SocketHub
from bot.demo.slack.workspace import Workspace

__all__ = [
    "App",
    "AppDoor",
    "Delivery",
    "Garbled",
    "Hang",
    "Member",
    "Message",
    "OpenView",
    "Pace",
    "Parcel",
    "RateLimited",
    "Refuses",
    "Reset",
    "ServerError",
    "Signing",
    "SlackPerson",
    "SlackRefusal",
    "SocketHub",
    "StandIn",
    "Team",
    "Workspace",
    "build_stand_in",
    "running_stand_in",
]
