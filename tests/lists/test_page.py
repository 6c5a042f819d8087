from dataclasses import replace

import numpy as np
import pytest

from recsys.data.views import ViewCounts
from recsys.errors import RequestError
from recsys.lists import Query
from recsys.model import find, refreshed
from recsys.page import compose, default_blocks, parse_blocks
from recsys.records import Article
from recsys.settings import ListSettings, Settings
from tests.conftest import NOW

SECTIONS = "section/art:4,section/stars:4,section/sport:4,section/health:4"
BLOCKS = f"inline:2,related:5,latest:4,{SECTIONS},most_read:5"


def page(snapshot, name, blocks):
    query = Query(row=find(snapshot, "default", name))
    return compose(snapshot, query, parse_blocks(blocks), NOW)


def listed(made):
    return [item.article_id for answer in made.blocks.values() for item in answer.items]


def test_blocks_are_read_as_they_are_asked_for():
    blocks = parse_blocks("related:3, section/a:b:2 ,most_read/*")
    assert [(b.key, b.name, b.section, b.limit) for b in blocks] == [
        ("related", "related", None, 3),
        ("section/a:b", "section", "a:b", 2),
        ("most_read/*", "most_read", "*", 5),
    ]
    assert [b.section for b in parse_blocks("section/a%2Cb:4,section/%2A:4,section/50%25:4")] == [
        "a,b",
        "*",
        "50%",
    ]


def test_a_section_may_have_any_name(sample_model):
    names = ("a,b", "50%", "*", "a:b/c", "فن وموسيقى")
    texts = [
        Article(f"{name}-{i}", title=f"Text {i} of {name}", section=(name,), language="xx",
                published_at=NOW - i - 1) for name in names for i in range(5)
    ]  # fmt: skip
    snapshot = refreshed(sample_model.snapshot_, texts)
    query = Query(language="xx")
    for block in default_blocks(snapshot, query)[1:-1]:
        (again,) = parse_blocks(f"{block.key}:4")
        assert again == block
        answer = compose(snapshot, query, [again], NOW).blocks[block.key]
        assert {item.section for item in answer.items} == {block.section}


@pytest.mark.parametrize(
    "text",
    ["", ",", "nothing:3", "section:4", "section/:4", "related:0", "related:101", "related:x",
     "related:٣", "related/a:3", "related:3,related:4",
     ",".join(f"section/{i}:1" for i in range(31))],
)  # fmt: skip
def test_blocks_that_make_no_sense_are_refused(text):
    with pytest.raises(RequestError, match="blocks: "):
        parse_blocks(text)


def test_a_page_without_an_article_has_no_related_block(sample_model):
    with pytest.raises(RequestError, match="related needs the id or url"):
        compose(sample_model.snapshot_, Query(), parse_blocks("related:5"), NOW)
    made = compose(
        sample_model.snapshot_, Query(language="ar"), parse_blocks("latest:4,most_read/*:5"), NOW
    )
    assert made.article is None
    assert [len(answer.items) for answer in made.blocks.values()] == [4, 5]


def test_the_blocks_come_in_the_order_asked_and_the_earlier_chooses_first(sample_model):
    snapshot = sample_model.snapshot_
    first = page(snapshot, "ar-sport-05", "latest:4,section/sport:4")
    second = page(snapshot, "ar-sport-05", "section/sport:4,latest:4")
    alone = page(snapshot, "ar-sport-05", "section/sport:4")
    assert list(second.blocks) == ["section/sport", "latest"]
    assert listed(second)[:4] == listed(alone)
    assert set(listed(first)[:4]) & set(listed(alone))


def test_no_article_stands_twice_and_never_the_one_being_read(sample_model):
    made = page(sample_model.snapshot_, "ar-art-03", BLOCKS)
    assert len(set(listed(made))) == len(listed(made)) == 32
    assert "ar-art-03" not in listed(made)


def test_all_of_a_page_is_in_the_articles_language(sample_model):
    made = page(sample_model.snapshot_, "fr-sport-02", BLOCKS)
    assert {item.language for answer in made.blocks.values() for item in answer.items} == {"fr"}


def test_an_earlier_block_leaves_a_small_section_what_it_needs(sample_model):
    """Five articles in a section: a related block of five may take one of them, not all."""
    texts = [
        Article(f"s{i}", title=f"Lighthouse keepers number {i}", section=("small",), language="en",
                published_at=NOW - 3600 * (i + 1)) for i in range(6)
    ]  # fmt: skip
    snapshot = refreshed(sample_model.snapshot_, texts)
    made = page(snapshot, "s0", "related:5,section/small:4")
    assert [len(answer.items) for answer in made.blocks.values()] == [5, 4]
    assert len(set(listed(made))) == 9


def test_most_read_of_a_small_section_is_topped_up_from_the_site_and_says_so(sample_model):
    only = Article("x", title="Alone", section=("lonely",), language="en", published_at=NOW - 60)
    made = page(refreshed(sample_model.snapshot_, [only]), "x", "most_read:5")
    answer = made.blocks["most_read"]
    assert len(answer.items) == 5
    assert answer.degraded
    assert answer.section == "lonely"


def test_what_tops_most_read_up_is_counted_over_the_same_window(sample_model):
    only = Article("x", title="Alone", section=("lonely",), language="en", published_at=NOW - 60)
    settings = Settings(lists={"most_read": ListSettings(window="1h")})
    snapshot = replace(refreshed(sample_model.snapshot_, [only]), settings=settings)
    rows = np.flatnonzero(snapshot.corpus.shown)[:200].astype(np.int32)
    minutes = np.full(rows.size, NOW // 60 - 90, dtype=np.int32)  # all of it before the last hour
    minutes[::3] += 60  # but for every third article
    count = (rows % 50 + 1).astype(np.int32)
    nothing = [np.zeros(0, dtype=np.int32)] * 3
    seen = ViewCounts.from_rows(len(snapshot.corpus), [rows, minutes, count], nothing)
    answer = page(snapshot.with_views(seen), "x", "most_read:5").blocks["most_read"]
    assert answer.window_used == "1h"
    views = [item.views for item in answer.items]
    assert views == sorted(views, reverse=True)
    assert min(views) > 0


def test_most_read_of_the_whole_site_is_asked_for_with_a_star(sample_model):
    made = page(sample_model.snapshot_, "ar-sport-05", "most_read:5,most_read/*:5")
    assert made.blocks["most_read"].section == "sport"
    assert made.blocks["most_read/*"].section is None


def test_the_page_tells_of_its_article(sample_model):
    article = page(sample_model.snapshot_, "ar-sport-05", "latest").article
    assert list(article) == ["article_id", "url", "canonical_url", "title", "section"]
    assert article["section"] == "sport"


def test_a_page_asked_for_no_blocks_has_those_of_the_founding_page(sample_model):
    snapshot = sample_model.snapshot_
    query = Query(row=find(snapshot, "default", "ar-politics-04"))
    made = compose(snapshot, query, default_blocks(snapshot, query), NOW)
    sizes = [len(answer.items) for answer in made.blocks.values()]
    assert sizes == [2, 5, 4, 4, 4, 4, 4, 5]
