"""First names that are hardly ever anything else: with a last name behind them they need no other cue.

Left out on purpose: names that are words, places or labels too (Will, April, Grace, Mark, Amber, Victoria, Preston),
and Elsa, whose letters are a role in schools.
"""

from __future__ import annotations

FIRST_NAMES = frozenset(
    """
    aaliyah aaron abbie abdirahman abdul abdullah abena abigail abraham adam adebayo adele adrian adwoa agnes agnieszka
    ahmed aidan aiden aisha aisling akua alan alana alastair aleksander alex alexander alexandra alfie alice alicia
    alina alisha alison alistair allan alun alyssa amanda amara amelia amelie amina amir amira amy anastasia andrea
    andreea andrew andrzej aneesa angela angharad angus anish anita anjali ann anna annabel annabelle anne annette
    annie anthony anton antony anya aoife archie arif arjun arthur arun arwen asha asher ashton asif asma audrey ava
    ayaan ayesha ayodele
    babajide barbara barry bartosz beatrice becky belinda ben benedict benjamin bernadette bernard beth bethan bethany
    betty bilal bogdan bradley brandon braxton brenda brendan brian bridget bronwen bryony
    caitlin callum cameron caoimhe carl carla carmen caroline carolyn carys catherine cathy catriona cedric ceri
    charlene charles charlie charlotte chidi chinedu chioma chloe chloë christine christopher chukwuma ciara ciaran
    claire clara clare claudia clayton clifford clive colette colin colleen colton connor conor courtney craig cristina
    curtis cynthia
    dalton damian dana daniel daniela danielle darcy daria darius dariusz darren dave david deborah debra declan deepa
    deepak deeqa delroy denise dennis derek desmond diane dilys dmitri dominic dominik donal donna doreen doris dorothy
    douglas duncan dylan
    ebony eddie edith edward efe ehtisham eileen eilidh elaine eleanor elena eleri elif eliza elizabeth ella ellie
    elliot elliott eloise elton emeka emilia emily emma eoin eric erica erin esme esther ethan eva evan evelyn evie
    ewan
    faisal farah farhan fatima fatma felicity felix ferdinand fergus ffion filip finlay finley fiona florin folake
    fowsiya frances francesca francis freddie frederick freya
    gabriel gabriela gareth gary gavin gemma geoff geoffrey geraint gerald geraldine gerard gethin gheorghe gillian
    gina giovanni gladys glenda glenn gloria gordon graeme graham gregory gurpreet gwen gwyneth
    habib hamza hana hanna hannah harish harold harpreet harriet harry harvey hasan hassan hayden hayley heidi helen
    helena henry hicham hisham hodan howard hugh hugo hussein
    ian ibrahim ifan ifeoma ikram imogen imran ines ingrid ioana irena irene isaac isabel isabella isabelle isla ismail
    ivan iwan izabela
    jack jacob jacqueline jade jaden jagdeep jagoda jake jakub jamal james jamie jamila jane janet janice janine jasmin
    jason jaspreet javier jayden jean jeanette jeffrey jemima jenna jennifer jenny jeremy jerome jessica jill jim jimmy
    joan joanna joanne jodie joe joel john johnny jonah jonathan jose joseph josephine josh joshua josie joyce juan
    judith julia julian julie juliet jurgen justin justyna
    kai kamal kamil karen karim karina karl karolina kasia katarzyna kate katherine kathleen kathryn kathy katie katy
    kayla kayleigh keaton keeley keira keith kelly kenneth kenny kenzie kerry kevin kezia khadija kieran kimberley
    kirsten kirsty kofi kojo krish krystyna krzysztof kwabena kwame kyle kylie kyra
    lacey lara laszlo laura lauren laurence layla léa leah leanne leila lena leo leon leonard lesley leslie leticia
    lewis lexi liam libby liliana lillian linda lindsay lindsey lisa liz liza lloyd logan lois lola lorna lorraine
    lottie louis louisa louise luca lucas lucia lucy ludmila luis lukas lukasz luke lydia lynda lynette lynn lynne
    mackenzie madeleine madison maeve magdalena mahmoud mairi malcolm malik mandeep mandy manjit marcel marcin marcus
    margaret maria mariam marian marianne marie marilyn marion marjorie marlon marta martha martyn mary maryam mateusz
    matilda matthew maureen maurice maxine maya meera megan mehmet melanie melissa mia michael michaela michal michelle
    miguel mihaela mihai mila mildred millicent millie mina miriam mohamed mohammad mohammed mohamud mohsin moira molly
    monica monika morag muhammad muriel mustafa myra
    nadia nadine nancy naomi nasra natalia natalie natasha nathan nathaniel neil nessa neve neville ngozi nia niall
    niamh nichola nicholas nicola nicole nigel nikhil nikita nikolai nina nkechi noah noel noor nora norma norman nuala
    oisin oksana olga oliver olivia olivier ollie olu olumide oluwaseun oluwatobi omar orla oscar osman owen
    paddy padma padraig pamela parveen patrice patricia patrick patrycja paul paula pauline pawel paxton payton perry
    peter petra peyton philip philippa phillip phillipa phoebe phyllis piotr preeti priti priya przemyslaw
    quinton
    rachael rachel radoslaw rafal rafiq rahul raj rajesh rania ranjit raquel rashid raymond rebecca reece reginald
    renée reuben rhian rhiannon rhys richard ricky riley rita robert roberta roger rohan róisín roland ronald ronnie
    rosa rosalind rosemary rosie roxanne ruaridh rukhsana rupert russell ruth ryan
    sabina sabrina sadia saima sally salma sam samantha samina samira samuel samuela sandeep sandra sanjay sara sarah
    sasha sean seán sebastian segun selina seren sergei shabana shakira shanice shannon sharon sheila shelley sheryl
    shirley shona shreya shubham sian siân simon simone simran sinéad sinead siobhan sofia sohail sonia sophia sophie
    stacey stanislaw stanley stefan stella stephanie stephen steve steven stewart stuart sunil sunita suresh susan
    susannah suzanne svetlana sylvia szymon
    tabitha tadhg tahir tamara tamsin tania tanya tara tariq tasha tegan temi temitope terence teresa terry tessa thea
    thelma theo theodore theresa thomas timothy tina tobias toby tom tomasz tommy tony tracey tracy trevor tristan
    trudy tunde tyler tyrell tyrone
    ulrike una ursula usman
    valerie vanessa vasile vasyl vera veronica vikram viktor viktoria vincent vinod vivian vladimir
    waleed walter wanda wayne wendy wesley wilfred william winifred winston wojciech
    xavier xiaoming
    yasmin yasmine yetunde yewande yolanda yusuf yvette yvonne
    zac zach zachary zahra zainab zara zeynep zoë zoé zoe zofia zubair zuzanna
    """.split()  # noqa: SIM905 - a list that people extend is easier to read as words
)

NAMES_OF_PLACES_TOO = frozenset({"carlton", "chester", "clinton", "easton", "milton", "preston", "royston", "weston"})
"""First names that end as places do. They do need a cue."""
