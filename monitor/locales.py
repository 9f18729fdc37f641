"""How numbers and dates are written where: the separators of the Unicode CLDR, and whether the month comes first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """`1,234.5` and `22 Nov 2026` are the English that everything is composed in; this is what becomes of them."""

    group: str = ","
    decimal: str = "."
    month_first: bool = False


ENGLISH = Style()
_POINT, _SPACE, _NARROW, _APOSTROPHE = (
    Style(group, decimal)
    for group, decimal in ((".", ","), ("\N{NO-BREAK SPACE}", ","), ("\N{NARROW NO-BREAK SPACE}", ","), ("’", "."))
)
STYLES = {
    **dict.fromkeys(("en", "en-AU", "en-GB", "en-IE", "en-NZ", "en-SG", "he-IL", "ja-JP", "ko-KR", "zh-CN"), ENGLISH),
    "en-US": Style(month_first=True),
    **dict.fromkeys(("da-DK", "de-DE", "el-GR", "es-ES", "id-ID", "it-IT", "nl-BE", "nl-NL", "pt-BR", "tr-TR"), _POINT),
    **dict.fromkeys(("bg-BG", "cs-CZ", "de-AT", "fi-FI", "fr-CA", "hu-HU", "nb-NO", "pl-PL", "pt-PT"), _SPACE),
    **dict.fromkeys(("sk-SK", "sv-SE", "uk-UA"), _SPACE),
    **dict.fromkeys(("fr-BE", "fr-CH", "fr-FR"), _NARROW),
    **dict.fromkeys(("de-CH", "de-LI", "it-CH"), _APOSTROPHE),
}
