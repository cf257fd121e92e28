"""The words that made-up plans are written with."""

AGENCIES = {
    "DCO": "Development Coordination Office", "DESA": "Department of Economic and Social Affairs", "DPO": "Department of Peace Operations",
    "DPPA": "Department of Political and Peacebuilding Affairs", "ECA": "Economic Commission for Africa",
    "ECE": "Economic Commission for Europe", "ECLAC": "Economic Commission for Latin America and the Caribbean",
    "ESCAP": "Economic and Social Commission for Asia and the Pacific", "ESCWA": "Economic and Social Commission for Western Asia",
    "FAO": "Food and Agriculture Organization", "GCF": "Green Climate Fund", "IAEA": "International Atomic Energy Agency",
    "ICAO": "International Civil Aviation Organization", "IFAD": "International Fund for Agricultural Development",
    "IFRC": "International Federation of Red Cross and Red Crescent Societies", "ILO": "International Labour Organization",
    "IMF": "International Monetary Fund", "IMO": "International Maritime Organization", "INTERPOL": "International Criminal Police Organization",
    "IOM": "International Organization for Migration", "ITC": "International Trade Centre", "ITU": "International Telecommunication Union",
    "OCHA": "Office for the Coordination of Humanitarian Affairs", "OECD": "Organisation for Economic Co-operation and Development",
    "OHCHR": "Office of the High Commissioner for Human Rights", "UNAIDS": "Joint United Nations Programme on HIV/AIDS",
    "UNCDF": "United Nations Capital Development Fund", "UNCTAD": "United Nations Conference on Trade and Development",
    "UNDP": "United Nations Development Programme", "UNDRR": "Office for Disaster Risk Reduction", "UNEP": "United Nations Environment Programme",
    "UNESCO": "United Nations Educational, Scientific and Cultural Organization", "UNFCCC": "Secretariat of the Convention on Climate Change",
    "UNFPA": "United Nations Population Fund", "UN-Habitat": "United Nations Human Settlements Programme",
    "UNHCR": "Office of the High Commissioner for Refugees", "UNICEF": "United Nations Children's Fund",
    "UNICRI": "Interregional Crime and Justice Research Institute", "UNIDO": "United Nations Industrial Development Organization",
    "UNITAR": "United Nations Institute for Training and Research", "UNODC": "United Nations Office on Drugs and Crime",
    "UNOPS": "United Nations Office for Project Services", "UNRISD": "Research Institute for Social Development",
    "UNU": "United Nations University", "UNV": "United Nations Volunteers", "UN-Women": "Entity for Gender Equality and the Empowerment of Women",
    "UPU": "Universal Postal Union", "WFP": "World Food Programme", "WHO": "World Health Organization", "WIPO": "World Intellectual Property Organization",
    "WMO": "World Meteorological Organization", "World Bank": "World Bank", "WTO": "World Trade Organization",
}  # fmt: skip

PRODUCTS = {
    "publication": (
        "Handbook on",
        "Policy brief on",
        "Joint report on",
        "Guidance note on",
        "Mapping of",
        "Compendium of good practices on",
    ),
    "training": ("Training package on", "Training of trainers on", "E-learning course on", "Masterclass on"),
    "event": ("Regional consultation on", "Expert meeting on", "High-level side event on", "Seminar series on"),
    "data": ("Database of", "Indicators on", "Baseline study of", "Dashboard of"),
    "advocacy": ("Joint statement on", "Communications campaign on", "Call to action on"),
    "mechanism": ("Referral mechanism for", "Joint programme on", "Help desk for", "Network of practitioners of"),
}
SUBJECTS = (
    "the protection of unaccompanied children", "labour migration governance", "the costs of remittances", "the recruitment of migrant workers",
    "trafficking in persons", "migration and urbanisation", "health of people on the move", "climate-related displacement",
    "the portability of social security", "the recognition of skills and qualifications", "return and reintegration", "alternatives to detention",
    "data disaggregated by migratory status", "gender-responsive budgeting", "adolescents and youth in migration", "consular protection",
    "diaspora engagement", "smuggling at sea", "access to justice", "domestic workers", "early warning for floods and droughts",
    "school meals", "safe water in settlements", "disaster risk finance", "food price monitoring", "the inclusion of persons with disabilities",
    "cash assistance", "public procurement", "digital identity", "anticipatory action",
)  # fmt: skip
PLACES = (
    "in West and Central Africa", "in the Caribbean", "for small island developing states", "in the Western Balkans", "at country level",
    "in five pilot countries", "along the Mediterranean routes", "for national statistical offices", "for parliamentarians", "in Central Asia",
    "with local authorities", "in the Horn of Africa, including the training of focal points in the ministries concerned",
    "in Andean countries, following up on the recommendations of the high-level dialogue and of the regional preparatory meetings",
)  # fmt: skip
STREAMS = (
    "Data and research", "Mainstreaming", "Human rights and gender", "Capacity development", "Advocacy and communications", "Financing",
    "Partnerships", "Monitoring and evaluation",
)  # fmt: skip
GROUPS = ("Migration", "Nutrition", "Water", "Disability", "Youth", "Energy", "Disaster risk", "Social protection", "Statistics", "Trade")
REGIONS = (
    "Global", "West Africa", "East Africa", "Southern Africa", "Arab States", "South Asia", "South-East Asia", "Pacific", "Central Asia",
    "Eastern Europe", "Western Balkans", "Caribbean", "Central America", "Andes", "Southern Cone", "Sahel", "Great Lakes", "Horn of Africa",
    "Mekong", "Black Sea",
)  # fmt: skip
SENTENCES = (
    "The draft has been shared with members for comments.", "Translation into French and Spanish is under way.",
    "Two country offices asked for more time.", "Funding for the second phase has been confirmed.",
    "The consultant was selected in March and has submitted an outline.", "Comments from the technical meeting have been taken in.",
    "The partner ministry has named a focal point.", "Printing waits for the clearance of the foreword.",
)  # fmt: skip
TOPICS = ("children", "labour", "health", "remittances", "trafficking", "data", "gender", "climate", "return", "cities")
COUNTRIES = (
    "MA",
    "SN",
    "ML",
    "NE",
    "KE",
    "ET",
    "JO",
    "LB",
    "BD",
    "NP",
    "PH",
    "ID",
    "MX",
    "GT",
    "CO",
    "PE",
    "UA",
    "MD",
    "KG",
    "TJ",
    "FJ",
    "WS",
)
ZONES = ("UTC", "Europe/Zurich", "America/New_York", "Africa/Nairobi", "Asia/Bangkok", "Europe/Vienna")
