"""The names that a file may refer to: those of the partnership file, the register, loaded and shipped surveys."""

from dataclasses import replace

from bot.files.known import Known
from bot.files.library import templates
from handlers.partnership import partnership_of
from storage.unit_of_work import UnitOfWork


async def known_names(uow: UnitOfWork) -> Known:
    """Everything that exists now, for the parsers. Raises NotSetUp before a partnership file was applied."""
    partnership = await partnership_of(uow)
    people = frozenset(person.email for person in await uow.people.present())
    surveys = (*await uow.surveys.ids(), *(template.id for template in templates()))
    return replace(partnership.known(), people=people, surveys=surveys)
