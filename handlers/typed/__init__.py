"""What is typed, in a direct message or in a reply by e-mail, heard once for both (docs/decisions/0008)."""

from handlers.typed.hearing import hear
from handlers.typed.said import Heard, Pressed, Said
from handlers.typed.telling import message_of

__all__ = ["Heard", "Pressed", "Said", "hear", "message_of"]
