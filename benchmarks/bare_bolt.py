"""The peer: a Bolt app with one command that does nothing, on the same kind of server as Herald's.

It checks signatures and answers, as any Bolt app must; it keeps nothing.
"""

import asyncio
import sys

import uvicorn
import uvloop
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient


def build(secret: str, api_url: str) -> FastAPI:
    """The site with `POST /slack/events` and `GET /`."""
    client = AsyncWebClient(token="xoxb-bare", base_url=api_url)  # noqa: S106 - a word of the benchmark, no secret
    bolt = AsyncApp(client=client, signing_secret=secret, process_before_response=True)

    async def no_op(ack: AsyncAck) -> None:
        await ack()

    bolt.command("/herald")(no_op)
    handler = AsyncSlackRequestHandler(bolt)
    site = FastAPI(openapi_url=None)

    async def slack_events(request: Request) -> Response:
        return await handler.handle(request)

    async def ready() -> Response:
        return Response("ok")

    site.add_api_route("/slack/events", slack_events, methods=["POST"])
    site.add_api_route("/health/ready", ready)
    return site


def main() -> None:
    """Serves on the port, with the signing secret and the Web API that are given as arguments."""
    port, secret, api_url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    config = uvicorn.Config(
        build(secret, api_url), host="127.0.0.1", port=port, loop="none", http="httptools", ws="none", log_config=None
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
