"""The languages that partnerships ask in: each by its own name, the few words of Herald that stand among a survey's
own, and which are written from right to left.

A language that is not listed is offered under its code and gets Herald's own words in English.
"""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "cs": "Čeština",
    "cy": "Cymraeg",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "ga": "Gaeilge",
    "gd": "Gàidhlig",
    "gu": "ગુજરાતી",
    "hi": "हिन्दी",
    "hu": "Magyar",
    "it": "Italiano",
    "ku": "Kurdî",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "ne": "नेपाली",
    "pa": "ਪੰਜਾਬੀ",
    "pl": "Polski",
    "ps": "پښتو",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "so": "Soomaali",
    "sq": "Shqip",
    "ta": "தமிழ்",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
IN_ENGLISH: Mapping[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "cs": "Czech",
    "cy": "Welsh",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "ga": "Irish",
    "gd": "Scottish Gaelic",
    "gu": "Gujarati",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ku": "Kurdish",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "ne": "Nepali",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "so": "Somali",
    "sq": "Albanian",
    "ta": "Tamil",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ps", "ur"})

OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "cy": {
        "yes": "Ydw / Oes",
        "no": "Nac ydw / Nac oes",
        "not_sure": "Ddim yn siŵr",
        "not_applicable": "Ddim yn berthnasol i mi",
        "prefer_not": "Byddai'n well gen i beidio â dweud",
    },
    "de": {
        "yes": "Ja",
        "no": "Nein",
        "not_sure": "Nicht sicher",
        "not_applicable": "Trifft auf mich nicht zu",
        "prefer_not": "Möchte ich nicht sagen",
    },
    "es": {
        "yes": "Sí",
        "no": "No",
        "not_sure": "No estoy seguro/a",
        "not_applicable": "No se aplica a mí",
        "prefer_not": "Prefiero no decirlo",
    },
    "fr": {
        "yes": "Oui",
        "no": "Non",
        "not_sure": "Je ne sais pas",
        "not_applicable": "Ne me concerne pas",
        "prefer_not": "Je préfère ne pas répondre",
    },
    "it": {
        "yes": "Sì",
        "no": "No",
        "not_sure": "Non so",
        "not_applicable": "Non mi riguarda",
        "prefer_not": "Preferisco non rispondere",
    },
    "pl": {
        "yes": "Tak",
        "no": "Nie",
        "not_sure": "Nie wiem",
        "not_applicable": "Nie dotyczy mnie",
        "prefer_not": "Wolę nie odpowiadać",
    },
    "pt": {
        "yes": "Sim",
        "no": "Não",
        "not_sure": "Não tenho a certeza",
        "not_applicable": "Não se aplica a mim",
        "prefer_not": "Prefiro não responder",
    },
    "ro": {
        "yes": "Da",
        "no": "Nu",
        "not_sure": "Nu sunt sigur(ă)",
        "not_applicable": "Nu mi se aplică",
        "prefer_not": "Prefer să nu răspund",
    },
}


def name_of(code: str) -> str:
    """The language in its own words; the code where Herald does not know it."""
    return NAMES.get(_plain(code), code)


def english_name_of(code: str) -> str:
    """The language in English; the code where Herald does not know it."""
    return IN_ENGLISH.get(_plain(code), code)


def direction(code: str) -> str:
    """`rtl` or `ltr`, as HTML's dir attribute has it."""
    return "rtl" if _plain(code) in RIGHT_TO_LEFT else "ltr"


def own_word(language: str, value: str, english: str) -> str:
    """One of Herald's own answers (yes, no, not sure, does not apply, rather not say) in a survey's language."""
    return OWN_WORDS.get(_plain(language), {}).get(value, english)


def _plain(code: str) -> str:
    return code.partition("-")[0]
