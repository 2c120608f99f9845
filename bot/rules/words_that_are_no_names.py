"""Words with a capital that are nobody's name: what keeps the search for names from finding too much."""

from __future__ import annotations

# Capitals that follow a family word and are no name: the start of a sentence, the calendar, agencies, the trade.
NOT_A_NAME = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december spring summer autumn winter christmas easter today tomorrow yesterday
    the a an and but or so if when while where what who why how this that these those there then they their he she it
    we you our your my his her its i in on at of for from to with without by as is was are were has have had do does did
    not no yes also after before during because since until although however please thank thanks never always often
    child children boy girl baby mum dad mother father parent parents family families carer carers pupil pupils student
    students young person people man woman men women someone everyone nobody anyone women's men's
    police health school schools college nursery early years council local authority partnership board hub team service
    services social care worker workers officer teacher nurse midwife doctor manager agency agencies housing probation
    camhs mash ofsted nhs gp lado send sen eal dsl iro cin cp ehcp tac faq level levels section stage part page
    signs safety working together right help support plan plans protection need needs review conference core group
    strategy meeting assessment referral review briefing training workshop session forum event questions question
    english welsh scottish irish british polish romanian urdu arabic somali european london england wales scotland
    northmere facebook instagram snapchat whatsapp tiktok youtube teams zoom slack herald google microsoft
    development programme project network charity trust hospital clinic centre house street road week day month year
    voice engagement participation consultation survey feedback practitioner practitioners professional professionals
    some many most all both each every other another more less well good great really very
    evening evenings exploitation criminal sexual abuse neglect death benefit poverty trafficking safety advocacy
    mr mrs ms miss mx dr prof professor rev sgt pc dc ds di pcso
    perhaps maybe could would should can will might must being having getting knowing think
    """.split()  # noqa: SIM905 - a list that people extend is easier to read as words
)

# What one rings and asks as well: bodies by the last word of their name, what is called after people (in capitals:
# "Ring Janet, room 3" is about Janet), those known by a name, and no persons at all.
BODIES = frozenset(
    """
    council borough county city court homes association foundation society group panel university church mosque academy
    surgery ward office department unit desk helpline line police school schools college nursery service services team
    hub board trust hospital clinic centre housing partnership authority social health care children's
    """.split()  # noqa: SIM905 - as above
)
NAMED_AFTER_PEOPLE = frozenset(
    """
    primary secondary junior infant infants grammar memorial ambulance
    house street road avenue crescent terrace gardens square drive mews room suite
    """.split()  # noqa: SIM905 - as above
)
NO_PERSON = frozenset(
    """
    childline samaritans crimestoppers barnardo's refuge mencap kooth cafcass relate shelter mind respect stonewall
    victim citizens advice crisis army aid front reception admissions legal finance payroll education safeguarding
    attendance inclusion adult adults designated named duty customer business first st saint home
    curie faithfull freud coram rowntree
    us me them him yourself yourselves handling handlers handler back out order orders details detail arrangements
    address number message messages god open
    """.split()  # noqa: SIM905 - as above
)

NO_LAST_NAME = NOT_A_NAME | BODIES | NAMED_AFTER_PEOPLE | NO_PERSON
"""What makes no full name of a first name before it."""

NAMES_TOO = frozenset({"will", "april", "may", "june"})
"""First names that stand among these words."""
NO_NAME_OF_THEM = NO_LAST_NAME | frozenset(
    """
    bank bookings bulletin census cohort data deadline deadlines edition exam exams fair figures fools forums half
    half-term holiday holidays intake issue meetings newsletter places results return returns sessions term workshops
    """.split()  # noqa: SIM905 - as above
)
"""What makes no full name of one of those either: what months are followed by."""
