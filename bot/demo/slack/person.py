"""`SlackPerson`: somebody sitting in front of Slack. The page and the tests act through it alike.

Everything it does is what Slack's own client would do: it builds the payload, signs it, posts it to the app, waits at
most three seconds and shows what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from bot.demo.slack import answers, payloads, state
from bot.demo.slack.door import AppDoor, Delivery, Parcel, Signing
from bot.demo.slack.records import Json, Message, OpenView
from bot.demo.slack.seen import Part, parts_of
from bot.demo.slack.state import Answer
from bot.demo.slack.workspace import Workspace

Where = Literal["message", "home", "modal"]
Place = Message | OpenView


class SlackPerson:
    """One member's Slack, as seen and driven by hand.

    `copies` sends every interaction that many times at once, as a nervous thumb or a retrying network would; the
    first answer counts. `last` holds the bytes sent last, for tests that send them again.
    """

    def __init__(self, workspace: Workspace, name: str, *, door: AppDoor) -> None:
        """`name` is a member id or an e-mail. Raises SlackRefusal `user_not_found`."""
        self.workspace = workspace
        self.member = workspace.member(name)
        self.door = door
        self.copies = 1
        self.last: Parcel | None = None

    # What the person does

    async def command(self, name: str, text: str = "") -> Delivery:
        """Types a slash command; what the app answers is shown to this person only."""
        fields = payloads.command(self.workspace, self.member, name=name, text=text)
        delivery = await self._send(Parcel.command(fields))
        answers.to_command(self.workspace, self.member, name, delivery)
        return delivery

    async def say(self, text: str) -> Delivery:
        """Sends the app a direct message."""
        sent = self.workspace.messages.post(self.member.channel, self.member.id, payloads.escaped(text))
        return await self._send(Parcel.event(payloads.message_event(self.workspace, self.member, sent)))

    async def open_home(self) -> Delivery:
        """Opens the app's Home tab."""
        return await self.send_event(payloads.app_home_opened(self.workspace, self.member, tab="home"))

    async def open_messages(self) -> Delivery:
        """Opens the app's Messages tab."""
        return await self.send_event(payloads.app_home_opened(self.workspace, self.member, tab="messages"))

    async def press(self, what: str, *, where: Where | None = None, beside: str = "") -> Delivery:
        """Presses a button, named by its action id or its words.

        A modal covers everything else; otherwise the newest message that has the button comes before App Home.
        `beside` narrows to a message, home or block with these words in it. Raises LookupError naming what there is.
        """
        place, part = self._find(what, where, beside, kinds={"button"})
        return await self.act(place, part, {})

    async def choose(self, what: str, answer: Answer, *, where: Where | None = None, beside: str = "") -> Delivery:
        """Chooses in a menu, radio buttons, checkboxes or a date, and Slack reports it to the app at once.

        That is so outside of questions, and for questions with `dispatch_action`.
        """
        place, part = self._find(what, where, beside, kinds=state.STATEFUL | {"overflow"})
        return await self.act(place, part, state.answered(part.element, answer))

    def fill(self, question: str, answer: Answer) -> None:
        """Answers a question of the open modal, named by its label, block id or action id; nothing is sent yet."""
        place, part = self._find(question, "modal", "", kinds=state.STATEFUL)
        self.remember(place, part, state.answered(part.element, answer))

    async def submit(self, *, unchecked: bool = False) -> Delivery | None:
        """Presses the modal's own button. None when Slack's form holds it back for a missing or unfit answer.

        `unchecked` sends it all the same, as an altered client could.
        """
        view = self._modal()
        if not view.submit_words:
            raise LookupError("This modal has no button to send it.")
        view.errors = {} if unchecked else state.missing(view.blocks, view.typed)
        if view.errors:
            self.workspace.touch()
            return None
        payload = payloads.view_submission(self.workspace, self.member, view)
        delivery = await self._send(Parcel.interaction(payload))
        answers.to_submission(self.workspace, view, delivery)
        return delivery

    async def close(self, *, everything: bool = False) -> Delivery | None:
        """Closes the modal in front, or all of them; the app hears of it when it asked to."""
        view = self._modal()
        payload = payloads.view_closed(self.workspace, self.member, view, is_cleared=everything)
        self.workspace.views.close(view, everything=everything)
        if not view.definition.get("notify_on_close"):
            return None
        return await self._send(Parcel.interaction(payload))

    # What the person sees

    def messages(self) -> list[Message]:
        """The direct messages with the app, oldest first, without what only this person was shown in passing."""
        return [m for m in self.workspace.messages.visible(self.member.channel, self.member.id) if not m.ephemeral_for]

    def ephemeral(self) -> list[Message]:
        """What was shown to this person only, oldest first."""
        return [m for m in self.workspace.messages.visible(self.member.channel, self.member.id) if m.ephemeral_for]

    def home(self) -> OpenView | None:
        """The app's Home tab, if the app has published one."""
        return self.workspace.views.homes.get(self.member.id)

    def modal(self) -> OpenView | None:
        """The modal in front."""
        return self.workspace.views.top(self.member.id)

    def errors(self) -> list[str]:
        """Messages beside questions of the open modal, and Slack's own notices about the last thing done."""
        view = self.modal()
        return [*(view.errors.values() if view else ()), *self.workspace.notices[self.member.id]]

    def sees(self, text: str) -> bool:
        """Whether these words stand anywhere on this person's screen."""
        modal, home = self.modal(), self.home()
        screen = [*self.messages(), *self.ephemeral(), *([modal] if modal else []), *([home] if home else [])]
        return any(thing.sees(text) for thing in screen) or any(text in error for error in self.errors())

    async def will_see(self, text: str, *, within: float = 5.0) -> bool:
        """Waits until these words appear, for what the app sends in its own time; False after `within` seconds."""
        return await self.workspace.until(lambda: self.sees(text), within=within)

    # What hostile and unlucky tests need

    async def send_event(self, envelope: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Delivery:
        """Delivers a ready event envelope."""
        return await self._send(Parcel.event(envelope), headers=headers)

    async def send_raw(
        self,
        parcel: Parcel,
        *,
        times: int = 1,
        signing: Signing | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[Delivery]:
        """Any bytes with any signature, `times` at once. What comes back changes nothing on the screen."""
        return await self.door.send_times(parcel, times, signing=signing, headers=headers)

    async def send_again(self, *, times: int = 1, retry: int = 0, reason: str = "http_timeout") -> list[Delivery]:
        """The bytes of the last interaction once more, freshly signed; `retry` adds Slack's retry headers."""
        if self.last is None:
            raise LookupError("Nothing has been sent yet.")
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else None
        return await self.door.send_times(self.last, times, headers=headers)

    # How it is done

    async def act(self, place: Place, part: Part, chosen: Json) -> Delivery:
        """Sends the press of a button or a choice made in one element of a message, modal or home."""
        if chosen and part.element["type"] != "overflow":
            place = self.remember(place, part, chosen)
        payload = payloads.block_actions(self.workspace, self.member, part=part, chosen=chosen, place=place)
        delivery = await self._send(Parcel.interaction(payload))
        answers.to_action(self.workspace, self.member, delivery)
        return delivery

    async def _send(self, parcel: Parcel, *, headers: Mapping[str, str] | None = None) -> Delivery:
        self.last = parcel
        self.workspace.notices[self.member.id].clear()
        return (await self.door.send_times(parcel, self.copies, headers=headers))[0]

    def _modal(self) -> OpenView:
        view = self.modal()
        if view is None:
            raise LookupError("No modal is open.")
        return view

    def _places(self, where: Where | None) -> list[Place]:
        modal, home = self.modal(), self.home()
        if where == "modal" or (where is None and modal is not None):
            return [self._modal()]
        homes: list[Place] = [home] if home else []
        if where == "home":
            return homes
        seen = reversed(self.workspace.messages.visible(self.member.channel, self.member.id))
        return list(seen) if where == "message" else [*seen, *homes]

    def _find(self, what: str, where: Where | None, beside: str, *, kinds: set[str]) -> tuple[Place, Part]:
        offered: list[str] = []
        for place in self._places(where):
            parts = [part for part in parts_of(place.blocks) if part.element["type"] in kinds]
            parts = _beside(parts, beside, place)
            for names in ("action_id", "block_id", "label"):
                for part in parts:
                    if getattr(part, names).strip() == what.strip():
                        return place, part
            offered += [part.label or part.action_id for part in parts]
        raise LookupError(f"{self.member.name} finds no {what!r}. There is: {', '.join(offered) or 'nothing'}")

    def remember(self, place: Place, part: Part, chosen: Json) -> Place:
        """Keeps a choice or typed words on the screen, unsent; returns the place as it is now."""
        if isinstance(place, Message):
            return self.workspace.messages.put(replace(place, typed={**place.typed, part.key: chosen}))
        place.typed[part.key] = chosen
        place.errors.pop(part.block_id, None)
        self.workspace.touch()
        return place


def _beside(parts: list[Part], words: str, place: Place) -> list[Part]:
    """The parts whose own block has these words, or what stands right above them; a message is about one thing."""
    if not words:
        return parts
    close = [part for part in parts if words in _words_around(part, place)]
    return close or (parts if isinstance(place, Message) and place.sees(words) else [])


def _words_around(part: Part, place: Place) -> str:
    """The words of a part's block and of the blocks above it, up to the buttons of something else."""
    found = [answers.block_words(part.block)]
    at = next(n for n, block in enumerate(place.blocks) if block is part.block)
    for block in reversed(place.blocks[:at]):
        if block["type"] in ("actions", "header", "divider"):
            break
        found.append(answers.block_words(block))
    return "\n".join(found)
