"""Addresses that nothing is sent to any more, asked for by the address: what is kept of them are fingerprints."""

from collections.abc import Iterable

from bot.mail_addresses import fingerprints
from storage.unit_of_work import UnitOfWork


async def suppressed_among(uow: UnitOfWork, addresses: Iterable[str]) -> frozenset[str]:
    """Those of these addresses that nothing is sent to. Where there are none at all, none of these is looked at."""
    if not await uow.addresses.any_suppressed():
        return frozenset()
    marks = {address: fingerprints(address, keyring=uow.keyring) for address in addresses}
    known = await uow.addresses.suppressed_among({mark for own in marks.values() for mark in own})
    return frozenset(address for address, own in marks.items() if not known.isdisjoint(own))
