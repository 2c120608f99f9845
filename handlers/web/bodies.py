"""Reading a request's body within limits, and turning it into a Form."""

import asyncio
import hashlib
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from bot.keyring import Keyring
from bot.rules.storable import storable
from handlers.web.forms import Form, Upload, stamp_of

LIMIT = 1_000_000
UPLOAD_LIMIT = 10_000_000
UPLOADS = ("/ops/people/import", "/ops/bulletins")
"""Path prefixes of pages that take files."""
MAX_FIELDS = 1_000
READ_WITHIN_S = 30.0  # a body that trickles in for longer holds a connection for nothing


class TooLarge(Exception):
    """More bytes than a page may take."""


class TooSlow(Exception):
    """The body did not arrive in time."""


def limit_for(path: str) -> int:
    """How many bytes a page takes."""
    return UPLOAD_LIMIT if path.startswith(UPLOADS) else LIMIT


async def read_body(receive: Receive, *, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it is over the limit, TooSlow after 30 s."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    break
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limit:
                    raise TooLarge
                if not message.get("more_body", False):
                    break
    except TimeoutError as problem:
        raise TooSlow from problem
    return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """Gives the same body again to whoever reads it next, then whatever else the connection says."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def parse_form(request: Request, body: bytes, *, keyring: Keyring) -> Form:
    """The form in a body. Raises HTTPException 400 when it cannot be read."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _form(_pairs(body), {}, keyring)
    if kind != "multipart/form-data":
        return Form()
    async with request.form(max_files=5, max_fields=MAX_FIELDS, max_part_size=UPLOAD_LIMIT) as parts:
        uploads = {
            name: Upload(storable(part.filename or ""), await part.read())
            for name, part in parts.multi_items()
            if isinstance(part, UploadFile)
        }
        pairs = [(name, part) for name, part in parts.multi_items() if isinstance(part, str)]
    return _form(pairs, uploads, keyring)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("ascii", errors="replace")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError as problem:
        raise HTTPException(400) from problem


def _form(pairs: list[tuple[str, str]], files: dict[str, Upload], keyring: Keyring) -> Form:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(storable(value))
    digests = {name: [hashlib.sha256(upload.data).hexdigest()] for name, upload in files.items()}
    return Form(fields, files, stamp_of({**fields, **digests}, keyring))
