"""The one real page the product began with, where it is at hand."""

import os
import re
import unicodedata
from pathlib import Path

import pytest

from recsys.text import Tokenizer, clean_title, shorten, strip_furniture

BESIDE = Path(__file__).parents[3] / "shared" / "founding-page.txt"
PAGE = Path(os.environ.get("RECSYS_FOUNDING_PAGE", BESIDE))
SCIKIT_LEARN_DEFAULT = re.compile(r"(?u)\b\w\w+\b")

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason=f"no founding page at {PAGE}")


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def paragraphs(page):
    lines = page.splitlines()
    first = next(row for row, line in enumerate(lines) if line.startswith("شهد البرلمان"))
    last = next(row for row, line in enumerate(lines) if line.endswith("طويلة الأمد."))
    return [line for line in lines[first : last + 1] if line.strip()]


@pytest.fixture(scope="module")
def inline_titles(page):
    block = page[page.index("قد يهمك") : page.index("View on")]
    return [line for line in block.splitlines()[1:] if line.strip()]


@pytest.fixture(scope="module")
def list_titles(page):
    """The titles of the eight lists: each is a heading, a blank line and lines of titles."""
    blocks = re.split(r"\n\s*\n", page[page.index("أخبار ذات صلة") :].strip())
    return [title for block in blocks[1::2] for title in block.splitlines()]


def has_marks(word):
    return any("\u064b" <= character <= "\u0652" for character in word)


def without_marks(word):
    return "".join(character for character in word if unicodedata.category(character) != "Mn")


def test_the_page_is_an_article_and_32_titles(paragraphs, inline_titles, list_titles):
    assert (len(paragraphs), len(inline_titles), len(list_titles)) == (7, 2, 30)


def test_all_27_words_with_diacritics_survive_whole(page):
    by_space = [word.strip('،.…"') for word in page.split() if has_marks(word)]
    assert len(by_space) == 27
    assert [word for word in Tokenizer(stop_words=False).words(page) if has_marks(word)] == by_space


def test_the_default_pattern_of_scikit_learn_tears_17_of_them_apart(page):
    words = [word for word in Tokenizer(stop_words=False).words(page) if has_marks(word)]
    torn = [word for word in words if SCIKIT_LEARN_DEFAULT.findall(word) != [without_marks(word)]]
    assert len(torn) == 17


def test_tatweel_vanishes_from_terms_and_from_what_is_shown(page):
    assert "ـ" in page
    pairs = Tokenizer(stop_words=False).pairs(page, "ar")
    assert not any("ـ" in term + shown for term, shown in pairs)
    assert ("ايض", "أيضا") in pairs


def test_titles_are_cut_as_on_the_page(inline_titles, list_titles):
    cut = [title for title in list_titles if title.endswith("…")]
    assert all(len(title.split()) == 9 for title in cut)
    assert [shorten(title.rstrip("…") + " وبقية العنوان") for title in cut] == cut
    whole = [title for title in list_titles if not title.endswith("…")]
    assert [shorten(title) for title in whole] == whole
    assert len(cut) + len(whole) == 30
    assert all(clean_title(title) == title for title in inline_titles + whole)


def test_the_article_is_its_seven_paragraphs(page, paragraphs):
    assert strip_furniture(page).split("\n") == paragraphs


def test_the_stored_body_alone_gives_the_same_seven_paragraphs(page, paragraphs):
    stored = page[: page.index("أخبار ذات صلة")]
    assert strip_furniture(stored).split("\n") == paragraphs


def test_terms_of_the_furniture_are_not_in_the_article(page):
    tokenizer = Tokenizer(stemming="none", stop_words=False)
    terms = set(tokenizer.terms(strip_furniture(page), "ar"))
    strange = "الرئيسية اليوم ناصر بوريطة والعراق تشاد الخميس View Almaghribtoday الرياض"
    assert terms.isdisjoint(tokenizer.terms(strange, "ar"))
    assert not terms.isdisjoint(tokenizer.terms("البرلمان الأذربيجاني", "ar"))
