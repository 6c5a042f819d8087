"""What sites store in an article's body and is not the article.

Lines are judged by their folded form, so that ``إقرأ أيضاً``, ``اقرأ ايضا`` and
``قد يهمك أيضــــا`` need one spelling here.
"""

import re
from functools import lru_cache
from itertools import takewhile

from recsys.text.folding import Folding, folder

_FOLDING = Folding()
_FEWEST_WORDS_LEFT = 10
_BREADCRUMB_WORDS = 15
_KICKER_WORDS = 6
_KICKER_LINES = 4
_TITLE_WORDS = range(4, 20)

_HOMES = (
    "الرئيسية", "الصفحة الرئيسية", "الصفحة الأولى", "Home", "Homepage", "Accueil", "Inicio",
    "Início", "Página inicial", "Startseite", "Ana sayfa", "Anasayfa", "خانه", "صفحه اصلی",
)  # fmt: skip
# Followed by titles; the title may stand on the same line.
_LEAD_INS = (
    "قد يهمك أيضا", "قد يهمك", "قد يعجبك أيضا", "اقرأ أيضا", "اقرأ المزيد", "اقرئي أيضا",
    "واقرأ أيضا", "شاهد أيضا", "طالع أيضا", "تابع أيضا", "انظر أيضا", "يمكنك أيضا قراءة",
    "مواضيع ذات صلة", "موضوعات ذات صلة", "مواضيع متعلقة", "موضوعات متعلقة", "مواضيع مشابهة",
    "أخبار ذات صلة", "أخبار متعلقة", "مقالات ذات صلة", "ذات صلة", "روابط ذات صلة",
    "Read also", "Read more", "Also read", "See also", "Related articles", "Related news",
    "Related stories", "Related topics", "You may also like", "More on this story",
    "Lire aussi", "À lire aussi", "A lire également", "Lire également", "Voir aussi",
    "Sur le même sujet", "Articles similaires", "Articles liés", "Lea también", "Leer también",
    "Le puede interesar", "Lesen Sie auch", "Mehr zum Thema", "Leggi anche", "Leia também",
    "Leia mais", "Veja também", "İlgili haberler", "بیشتر بخوانید", "اخبار مرتبط", "مطالب مرتبط",
)  # fmt: skip
# Ordinary words too: a lead-in only with a separator and a title behind it.
_LEAD_IN_WORDS = ("للمزيد", "اقرأ", "شاهد", "طالع", "Related", "Lire")
_WHOLE_LINES = (
    "المزيد", "للمزيد", "انتهى", "يتبع", "Next Previous", "Continue reading", "Lire la suite",
)  # fmt: skip

_ORNAMENTS = " \t\xa0.…:|/\\*•·-–—_=+>»«›‹<[](){}\"'“”#►▶←→"
_SENTENCE_MARKS = re.compile(r"[.!?؟:؛;،,…]")
_SENTENCE_END = re.compile(r"(?<!\.)\.[\"”»)\]]*$")
_DASH = re.compile(r"\w\s*[-–—ـ]\s*\w")
_VIEW_ON = re.compile(r"view (?:this (?:article|post) )?on \S+(?: \S+){0,3}")
_NUMBERED = re.compile(r"[\d*•·-]")


def strip_furniture(text: str) -> str:
    """Return a body of several lines without what a site puts around and between its paragraphs.

    What goes: a breadcrumb; kickers and datelines, that is up to four short lines without
    sentence punctuation just above the first paragraph, if a breadcrumb stands over them or one
    of them has a dash; lead-ins ("read also") with the titles
    that follow; the blocks of titles below the article; "View on" lines. A paragraph (20 words,
    or six that end in a full stop) is never dropped. A text of one line, and one of which fewer
    than ten words would remain, comes back unchanged; so does, byte for byte, a text with
    nothing to strip. Blank lines go when anything else does.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) < 2:
        return text
    kept = _without_lead_ins(_without_head(lines))
    if len(kept) == len(lines):
        return text
    left = "\n".join(kept)
    return left if _has_words(left, _FEWEST_WORDS_LEFT) else text


def _without_head(lines: list[str]) -> list[str]:
    """Drop the breadcrumb, and the kickers when a paragraph comes right after them.

    Short lines alone may be the first subheading: a breadcrumb or a dash must vouch for them.
    """
    start = next((row + 1 for row in range(2) if _is_breadcrumb(lines[row])), 0)
    kickers = list(takewhile(_is_kicker, lines[start : start + _KICKER_LINES]))
    end = start + len(kickers)
    vouched = start > 0 or any(map(_DASH.search, kickers))
    return lines[end:] if vouched and any(map(_is_prose, lines[end : end + 1])) else lines[start:]


def _without_lead_ins(lines: list[str]) -> list[str]:
    kept: list[str] = []
    row = 0
    while row < len(lines):
        line = lines[row]
        row += 1
        if _is_prose(line):
            kept.append(line)
            continue
        plain = _plain(line)
        if plain.rstrip(_ORNAMENTS) in _lead_ins():
            row = _end_of_titles(lines, row)
        elif not _is_furniture(plain):
            kept.append(line)
    return kept


def _end_of_titles(lines: list[str], row: int) -> int:
    """Return the first row after a lead-in's titles: the end, if only titles are left."""
    rest = lines[row:]
    if not any(map(_is_prose, rest)) and 2 * sum(map(_is_title, rest)) >= len(rest):
        return len(lines)
    while row < len(lines) and _is_title(lines[row]):
        row += 1
    return row


def _is_breadcrumb(line: str) -> bool:
    short = not _has_words(line, _BREADCRUMB_WORDS + 1)
    return short and bool(_breadcrumb().match(_plain(line)))


def _is_furniture(plain: str) -> bool:
    """Say whether a folded line that is no bare lead-in goes."""
    if plain.rstrip(_ORNAMENTS) in _whole_lines():
        return True
    return bool(_titled_lead_in().match(plain) or _VIEW_ON.fullmatch(plain))


def _is_prose(line: str) -> bool:
    n = len(line.split(None, _TITLE_WORDS.stop - 1))  # what comes after them is not looked at
    return n >= _TITLE_WORDS.stop or (n >= 6 and bool(_SENTENCE_END.search(line)))


def _has_words(line: str, n: int) -> bool:
    """Say whether there are at least ``n`` words; what comes after them is not looked at."""
    return len(line.split(None, n - 1)) >= n


def _is_title(line: str) -> bool:
    return len(line.split()) in _TITLE_WORDS and not _is_prose(line) and not _NUMBERED.match(line)


def _is_kicker(line: str) -> bool:
    return not _has_words(line, _KICKER_WORDS + 1) and not _SENTENCE_MARKS.search(line)


def _plain(line: str) -> str:
    """Fold the line and cut what decorates its start."""
    return " ".join(folder(_FOLDING)(line).split()).lstrip(_ORNAMENTS)


def _bare(line: str) -> str:
    return _plain(line).rstrip(_ORNAMENTS)


@lru_cache(maxsize=1)
def _lead_ins() -> frozenset[str]:
    return frozenset(map(_bare, _LEAD_INS))


@lru_cache(maxsize=1)
def _whole_lines() -> frozenset[str]:
    return frozenset(map(_bare, _WHOLE_LINES))


@lru_cache(maxsize=1)
def _titled_lead_in() -> re.Pattern[str]:
    either = r"\s?(?:[:|/\\>»›–—-]|\.\.|…)\s?\S"
    return re.compile(f"(?:{_any(_LEAD_INS)}|{_any(_LEAD_IN_WORDS)}){either}")


@lru_cache(maxsize=1)
def _breadcrumb() -> re.Pattern[str]:
    return re.compile(rf"(?:{_any(_HOMES)})\s?[»«›‹>/|\\→←–-]\s?\S")


def _any(phrases: tuple[str, ...]) -> str:
    return "|".join(re.escape(_bare(phrase)) for phrase in phrases)
