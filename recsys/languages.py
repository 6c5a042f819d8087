"""What the lists are called, language by language.

A site overrides any of these in its settings (``[sites.NAME.headings]``).
"""

from collections.abc import Mapping

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "ar": {
        "related": "أخبار ذات صلة",
        "most_read": "الأخبار الأكثر قراءة",
        "trending": "الأخبار الرائجة الآن",
        "latest": "آخر الأخبار",
        "inline": "قد يهمك أيضاً",
    },
    "fa": {
        "related": "خبرهای مرتبط",
        "most_read": "پربازدیدترین خبرها",
        "trending": "خبرهای داغ",
        "latest": "تازه‌ترین خبرها",
        "inline": "شاید بپسندید",
    },
    "ur": {
        "related": "متعلقہ خبریں",
        "most_read": "سب سے زیادہ پڑھی جانے والی",
        "trending": "مقبول ہوتی خبریں",
        "latest": "تازہ ترین",
        "inline": "یہ بھی پڑھیں",
    },
    "he": {
        "related": "כתבות קשורות",
        "most_read": "הנקראות ביותר",
        "trending": "חם עכשיו",
        "latest": "חדשות אחרונות",
        "inline": "אולי יעניין אותך",
    },
    "fr": {
        "related": "Sur le même sujet",
        "most_read": "Les plus lus",
        "trending": "En ce moment",
        "latest": "Dernières nouvelles",
        "inline": "À lire aussi",
    },
    "en": {
        "related": "Related news",
        "most_read": "Most read",
        "trending": "Trending now",
        "latest": "Latest news",
        "inline": "You may also like",
    },
    "es": {
        "related": "Noticias relacionadas",
        "most_read": "Lo más leído",
        "trending": "Tendencias",
        "latest": "Últimas noticias",
        "inline": "También te puede interesar",
    },
    "pt": {
        "related": "Notícias relacionadas",
        "most_read": "Mais lidas",
        "trending": "Em alta",
        "latest": "Últimas notícias",
        "inline": "Leia também",
    },
    "de": {
        "related": "Mehr zum Thema",
        "most_read": "Meistgelesen",
        "trending": "Gerade gefragt",
        "latest": "Neueste Meldungen",
        "inline": "Lesen Sie auch",
    },
    "it": {
        "related": "Notizie correlate",
        "most_read": "Le più lette",
        "trending": "Di tendenza",
        "latest": "Ultime notizie",
        "inline": "Leggi anche",
    },
    "tr": {
        "related": "İlgili haberler",
        "most_read": "En çok okunanlar",
        "trending": "Gündemdekiler",
        "latest": "Son haberler",
        "inline": "Bunlar da ilginizi çekebilir",
    },
}


def heading(name: str, language: str | None, own: Mapping[str, str]) -> str:
    """Return what stands above a list.

    Parameters
    ----------
    name
        Name of a list, or of a section.
    language
        ISO 639-1 of the list's readers.
    own
        The site's headings: ``name`` or ``name.language`` -> text; they win.
    """
    table = HEADINGS.get(language or "en", HEADINGS["en"])
    return own.get(f"{name}.{language}") or own.get(name) or table.get(name, name)
