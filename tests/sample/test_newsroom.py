import re
from itertools import combinations

import pytest

from recsys.records import Article
from recsys.sample import sample_articles, sample_settings, stories
from recsys.times import DAY, HOUR
from recsys.urls import is_web_address

NOW = 1_780_000_000
SECTIONS = {"politics", "economy", "art", "stars", "sport", "health"}
WORD = re.compile(r"\w+")


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return sample_articles(NOW)


@pytest.fixture(scope="module")
def by_id(articles: list[Article]) -> dict[str, Article]:
    return {article.article_id: article for article in articles}


def words(article: Article) -> set[str]:
    text = re.sub(r"<[^>]*>|&nbsp;", " ", f"{article.title} {article.body}")
    return set(WORD.findall(text.lower()))


def overlap(one: Article, other: Article) -> float:
    shared = words(one) & words(other)
    return len(shared) / min(len(words(one)), len(words(other)))


def test_there_are_some_two_hundred_articles_two_thirds_of_them_arabic(articles):
    arabic = sum(article.language == "ar" for article in articles)
    assert 190 <= len(articles) <= 230
    assert 0.6 < arabic / len(articles) < 0.7
    assert {article.language for article in articles} == {"ar", "fr", "en"}


def test_ids_are_unique_and_say_language_and_section(articles, by_id):
    assert len(by_id) == len(articles)
    for article in articles:
        language, section, number = article.article_id.split("-")
        assert language == article.language
        assert section in ({"sponsored"} if article.sponsored else {article.section[0]})
        assert number.isdigit()


def test_every_article_is_well_formed(articles):
    for article in articles:
        assert article.title
        assert article.author
        assert 60 <= len(WORD.findall(article.body or "")) <= 200, article.article_id
        assert article.summary is None or article.summary.strip()
        assert set(article.section) <= SECTIONS
        assert 2 <= len(article.tags) <= 5
        assert article.site == "default"
        assert article.image_url is None


def test_every_article_has_an_address_of_its_own(articles):
    assert len({article.url for article in articles}) == len(articles)
    assert articles[0].url == "https://sahila.example/ar/politics/ar-politics-01"
    assert sample_articles(NOW, "http://localhost:8000/")[0].url == (
        "http://localhost:8000/ar/politics/ar-politics-01"
    )


def test_a_fifth_of_the_articles_also_stands_on_the_sister_site(articles):
    sister = [article for article in articles if article.canonical_url]
    assert 0.18 < len(sister) / len(articles) < 0.22
    for article in sister:
        assert is_web_address(article.canonical_url)
        assert article.canonical_url.startswith("https://sahila-today.example/")


def test_dates_follow_the_clock(articles):
    later = sample_articles(NOW + 12345)
    assert [a.published_at + 12345 for a in articles] == [a.published_at for a in later]
    assert all(NOW - 12 * DAY <= article.published_at < NOW for article in articles)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_quarter_is_under_a_day_old_and_no_two_are_equally_old(articles, language):
    ages = [NOW - a.published_at for a in articles if a.language == language]
    assert len(set(ages)) == len(ages)
    assert sum(age < 3 * HOUR for age in ages) >= 6
    assert 0.2 < sum(age < DAY for age in ages) / len(ages) < 0.35


def test_arabic_has_every_section_under_a_day_old(articles):
    fresh = {a.section[0] for a in articles if a.language == "ar" and NOW - a.published_at < DAY}
    assert fresh == SECTIONS


def test_editors_link_to_older_articles_of_the_same_language(articles, by_id):
    links = [(article, by_id[link]) for article in articles for link in article.inline_links]
    assert len(links) > 20
    for article, linked in links:
        assert linked.language == article.language
        assert linked.published_at < article.published_at


def test_no_text_names_a_weekday_that_the_clock_could_deny(articles):
    english = re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
    french = re.compile(r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b")
    arabic = re.compile(r"(?<!كل )\b(السبت|الأحد|الاثنين|الثلاثاء|الأربعاء|الخميس|الجمعة)\b")
    for article in articles:
        text = f"{article.title} {article.summary} {article.body}"
        for weekday in (english, french, arabic):
            assert not weekday.search(text), article.article_id


def test_each_story_is_told_twice_within_six_hours(by_id):
    told = stories()
    assert len(told) >= 10
    for ids in told.values():
        first, second = (by_id[article_id] for article_id in ids)
        assert first.title != second.title
        assert first.section == second.section
        assert 0 < second.published_at - first.published_at <= 6 * HOUR


@pytest.mark.slow
def test_reports_of_one_story_share_half_of_their_words_and_no_others_do(articles):
    told = {frozenset(ids) for ids in stories().values()}
    for one, other in combinations(articles, 2):
        if one.language == other.language and one.section == other.section:
            same = frozenset((one.article_id, other.article_id)) in told
            assert (overlap(one, other) >= 0.5) is same, (one.article_id, other.article_id)


def test_two_advertorials_are_marked_as_sponsored(articles):
    sponsored = {article.article_id for article in articles if article.sponsored}
    assert sponsored == {"ar-sponsored-01", "en-sponsored-01"}


def test_the_site_reads_arabic_and_names_its_sections_in_three_languages():
    site = sample_settings().site("default")
    assert site.language == "ar"
    assert site.time_zone == "Africa/Casablanca"
    assert "sahila.example" in site.hosts
    assert site.headings["sport.ar"] == "رياضة"
    expected = {f"{section}.{language}" for section in SECTIONS for language in ("ar", "fr", "en")}
    assert set(site.headings) == expected


def test_the_environment_does_not_change_the_sample(monkeypatch):
    monkeypatch.setenv("RECSYS_SITES__DEFAULT__LANGUAGE", "fr")
    assert sample_settings().site("default").language == "ar"
