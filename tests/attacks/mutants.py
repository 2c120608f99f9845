"""A valid payload with one part taken out or made into something else, part by part: what a client gone wrong sends."""

import copy
import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from bot.demo.slack.door import FORM, JSON, Parcel

Path = tuple[str | int, ...]
GONE: Final = object()
RETYPED: Final[tuple[Any, ...]] = (
    GONE,
    None,
    True,
    7,
    -1.5,
    "",
    "x",
    "\x00",
    "\ud800",
    "\u202e<!channel>\r\n",
    [],
    ["x"],
    [None],
    [[]],
    {},
    {"x": None},
    {"id": 7},
)
"""What a part becomes. `GONE`: it is not there at all."""


def opened(parcel: Parcel) -> Any:
    """What a parcel holds, read."""
    if parcel.content_type == JSON:
        return json.loads(parcel.body)
    fields = {name: values[0] for name, values in parse_qs(parcel.body.decode(), keep_blank_values=True).items()}
    return json.loads(fields["payload"]) if "payload" in fields else fields


def wrapped(payload: Any, *, like: Parcel) -> Parcel:
    """A payload in the wrapping of another one."""
    if like.content_type == JSON:
        return Parcel(json.dumps(payload).encode(), JSON)
    if b"payload=" in like.body[:8]:
        return Parcel(urlencode({"payload": json.dumps(payload)}).encode(), FORM)
    fields = {name: str(value) for name, value in payload.items()} if isinstance(payload, dict) else {"x": str(payload)}
    return Parcel(urlencode(fields, errors="replace").encode(), FORM)


def parts(payload: Any, at: Path = ()) -> Iterator[Path]:
    """Where every part of a payload is, the whole first."""
    yield at
    children: Any = ()
    if isinstance(payload, dict):
        children = payload.items()
    elif isinstance(payload, list):
        children = enumerate(payload)
    for key, child in children:
        yield from parts(child, (*at, key))


def changed(payload: Any, at: Path, to: Any) -> Any:
    """A copy with one part made into something else."""
    if not at:
        return {} if to is GONE else to
    made = copy.deepcopy(payload)
    holder = made
    for key in at[:-1]:
        holder = holder[key]
    if to is GONE:
        del holder[at[-1]]
    else:
        holder[at[-1]] = to
    return made
