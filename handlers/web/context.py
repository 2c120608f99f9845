"""What every page needs from the shell, and where a request finds it."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from bot.keyring import Keyring
from bot.settings import Settings
from storage.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class WebContext:
    """The store and the settings, on `app.state.context`.

    `csrf_exempt` are path prefixes of other doors in the same program that prove their callers in their own way.
    """

    store: Store
    settings: Settings
    csrf_exempt: tuple[str, ...] = ()

    @property
    def keyring(self) -> Keyring:
        """The keys of this installation."""
        return self.settings.keyring

    @property
    def secure(self) -> bool:
        """Whether the public address is https: then cookies are `Secure` and `__Host-`, and HSTS is sent (settled)."""
        return self.settings.base_url.startswith("https://")

    def cookie(self, name: str) -> str:
        """A cookie's full name; `__Host-` ties it to this very host."""
        return f"__Host-{name}" if self.secure else name


def context_of(request: HTTPConnection) -> WebContext:
    """The context of the app that this request came to."""
    context = request.app.state.context
    if not isinstance(context, WebContext):
        raise TypeError("app.state.context must be a WebContext: build the app with build_site().")
    return context
