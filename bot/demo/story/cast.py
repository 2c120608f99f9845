"""The people whom a visitor of the demo can be: one for each thing that people do with Herald."""

from dataclasses import dataclass

POLICE, COMMUNITY, HOSPITAL = "northmere-police", "community-health", "hospital-trust"
COUNCIL, SCHOOLS, ALLIANCE = "childrens-services", "schools-college", "early-years-voluntary"
ADA = "ada@example.org"


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody with a part of their own. `why` says to a visitor what they will see as this person."""

    email: str
    name: str
    agency: str
    job_title: str
    why: str = ""
    roles: tuple[str, ...] = ("practitioner",)
    manager: str = ""
    deputy: str = ""
    level: int = 3
    champion: str = "no"
    slack: bool = True

    @property
    def first_name(self) -> str:
        """How colleagues call them."""
        return self.name.split()[0]


CAST: tuple[Part, ...] = (
    Part(
        ADA,
        "Ada Whitcombe",
        COUNCIL,
        "Partnership coordinator",
        "runs the partnership's day: everything under Operations",
        roles=("coordinator", "admin"),
        manager="leonora.vance@example.org",
        deputy="priya.nair@example.org",
    ),
    Part(
        "priya.nair@example.org",
        "Priya Nair",
        COUNCIL,
        "Communications officer",
        "releases bulletins that somebody else wrote",
        roles=("publisher",),
        manager=ADA,
    ),
    Part(
        "morag.sinclair@example.org",
        "Morag Sinclair",
        COUNCIL,
        "Practice review and learning manager",
        "watches every escalation and its clocks",
        roles=("escalation-lead",),
        manager="leonora.vance@example.org",
    ),
    Part(
        "tom.ashworth@example.org",
        "Tom Ashworth",
        COUNCIL,
        "Performance analyst",
        "reads results and figures",
        roles=("analyst",),
        manager=ADA,
    ),
    Part(
        "bernadette.osei@example.org",
        "Bernadette Osei",
        COUNCIL,
        "Team manager, assessment",
        "has an escalation alert waiting, and little time left",
        roles=("practitioner", "manager"),
        manager="leonora.vance@example.org",
        deputy="gareth.pugh@example.org",
        level=4,
    ),
    Part(
        "ffion.griffiths@example.org",
        "Ffion Griffiths",
        COMMUNITY,
        "Community nurse",
        "a practitioner in Slack: a survey, a pledge, briefings to book",
        manager="yusuf.demir@example.org",
    ),
    Part(
        "callum.reid@example.org",
        "Callum Reid",
        SCHOOLS,
        "Designated safeguarding lead, Harbour Primary",
        "an active champion who reads e-mail only",
        manager="judith.marlowe@example.org",
        champion="active",
        slack=False,
        level=4,
    ),
    Part(
        "dev.malhotra@example.org",
        "Dev Malhotra",
        POLICE,
        "Detective constable, missing people",
        "an officer who raised an escalation and has an answer to read",
        manager="siobhan.keane@example.org",
    ),
    Part(
        "gareth.pugh@example.org",
        "Gareth Pugh",
        COUNCIL,
        "Team manager, family support",
        roles=("practitioner", "manager"),
        manager="leonora.vance@example.org",
        deputy="bernadette.osei@example.org",
        level=4,
    ),
    Part(
        "yusuf.demir@example.org",
        "Yusuf Demir",
        COMMUNITY,
        "Named nurse for safeguarding",
        roles=("practitioner", "manager"),
        manager="ruth.okonkwo@example.org",
        deputy="helen.carr@example.org",
        level=4,
    ),
    Part(
        "helen.carr@example.org",
        "Helen Carr",
        COMMUNITY,
        "Health visiting team lead",
        roles=("practitioner", "manager"),
        manager="ruth.okonkwo@example.org",
        deputy="yusuf.demir@example.org",
        level=4,
    ),
    Part(
        "siobhan.keane@example.org",
        "Siobhan Keane",
        POLICE,
        "Detective sergeant, child protection",
        roles=("practitioner", "manager"),
        manager="martin.adeyemi@example.org",
        deputy="rhys.bevan@example.org",
        level=4,
    ),
    Part(
        "rhys.bevan@example.org",
        "Rhys Bevan",
        POLICE,
        "Sergeant, neighbourhood",
        roles=("practitioner", "manager"),
        manager="martin.adeyemi@example.org",
        deputy="siobhan.keane@example.org",
        level=4,
    ),
    Part(
        "noor.rahman@example.org",
        "Noor Rahman",
        HOSPITAL,
        "Matron, children's ward",
        roles=("practitioner", "manager"),
        manager="ruth.okonkwo@example.org",
        deputy="alistair.boyd@example.org",
        level=4,
    ),
    Part(
        "alistair.boyd@example.org",
        "Alistair Boyd",
        HOSPITAL,
        "Emergency department lead nurse",
        roles=("practitioner", "manager"),
        manager="ruth.okonkwo@example.org",
        deputy="noor.rahman@example.org",
        level=4,
        slack=False,
    ),
    Part(
        "judith.marlowe@example.org",
        "Judith Marlowe",
        SCHOOLS,
        "Head teacher, Harbour Primary",
        roles=("practitioner", "manager"),
        deputy="kwame.boateng@example.org",
        level=4,
        slack=False,
    ),
    Part(
        "kwame.boateng@example.org",
        "Kwame Boateng",
        SCHOOLS,
        "Vice principal, Northmere College",
        roles=("practitioner", "manager"),
        deputy="judith.marlowe@example.org",
        level=4,
    ),
    Part(
        "esther.levy@example.org",
        "Esther Levy",
        ALLIANCE,
        "Nursery chain manager",
        roles=("practitioner", "manager"),
        deputy="colm.doherty@example.org",
        level=4,
    ),
    Part(
        "colm.doherty@example.org",
        "Colm Doherty",
        ALLIANCE,
        "Services manager, young people's charity",
        roles=("practitioner", "manager"),
        deputy="esther.levy@example.org",
        level=4,
        slack=False,
    ),
    Part(
        "leonora.vance@example.org",
        "Leonora Vance",
        COUNCIL,
        "Director of children's services",
        roles=("executive",),
        level=4,
    ),
    Part(
        "martin.adeyemi@example.org",
        "Martin Adeyemi",
        POLICE,
        "Superintendent",
        roles=("executive",),
        level=4,
    ),
    Part(
        "ruth.okonkwo@example.org",
        "Ruth Okonkwo",
        COMMUNITY,
        "Chief nurse",
        roles=("executive",),
        level=4,
    ),
    Part(
        "isobel.tarn@example.org",
        "Isobel Tarn",
        COUNCIL,
        "Independent scrutineer",
        roles=("auditor",),
        slack=False,
    ),
)

CHOICES: tuple[Part, ...] = tuple(part for part in CAST if part.why)
"""Those whom the page of the demo offers first."""
