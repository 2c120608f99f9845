"""Faults that a test or a demo orders in advance: the next calls of a method go wrong in a stated way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RateLimited:
    """HTTP 429 with `Retry-After` in whole seconds."""

    retry_after: int = 1


@dataclass(frozen=True)
class ServerError:
    """An HTTP 5xx without a body that could be read."""

    status: int = 500


@dataclass(frozen=True)
class Hang:
    """No answer for this many seconds; `done` tells whether the work was done before the silence."""

    seconds: float
    done: bool = False


@dataclass(frozen=True)
class Reset:
    """The connection breaks before the answer; `done` tells whether the work was done."""

    done: bool = False


@dataclass(frozen=True)
class Refuses:
    """HTTP 200 with `ok: false` and this code, such as `token_revoked` or `messages_tab_disabled`."""

    code: str


@dataclass(frozen=True)
class Garbled:
    """HTTP 200 with something that is no JSON, as from a proxy in between; `done` tells whether the work was done."""

    done: bool = False


Fault = RateLimited | ServerError | Hang | Reset | Refuses | Garbled


@dataclass
class _Order:
    method: str
    fault: Fault
    left: int
    only: Mapping[str, Any]

    def fits(self, method: str, arguments: Mapping[str, Any]) -> bool:
        same = self.method in ("*", method)
        return same and self.left > 0 and all(arguments.get(key) == value for key, value in self.only.items())


@dataclass
class FaultBook:
    """Orders in the sequence given; each call uses up at most one."""

    orders: list[_Order] = field(default_factory=list)

    def order(self, method: str, fault: Fault, *, times: int = 1, only: Mapping[str, Any] | None = None) -> None:
        """The next `times` calls of `method` (`*` for any) whose arguments match `only` fail in this way."""
        self.orders.append(_Order(method, fault, times, only or {}))

    def clear(self) -> None:
        """Slack is well again."""
        self.orders.clear()

    def take(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        """The fault for this call, used up by asking."""
        for order in self.orders:
            if order.fits(method, arguments):
                order.left -= 1
                return order.fault
        return None
