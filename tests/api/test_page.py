import pytest

from recsys.sample import sample_articles

BLOCKS = (
    "inline:2,related:5,latest:4,section/art:4,section/stars:4,section/sport:4,section/health:4,"
    "most_read:5"
)


def test_the_founding_page_is_complete_and_no_article_stands_twice_whatever_is_read(
    api, ids, sample_home
):
    arabic = [a for a in sample_articles(sample_home.now) if a.language == "ar"]
    for article in arabic[::2]:
        page = api.get("/v1/page", params={"id": article.article_id, "blocks": BLOCKS}).json()
        lengths = {key: len(answer["items"]) for key, answer in page["blocks"].items()}
        assert list(lengths) == [block.split(":")[0] for block in BLOCKS.split(",")]
        assert list(lengths.values()) == [2, 5, 4, 4, 4, 4, 4, 5], article.article_id
        every = [name for answer in page["blocks"].values() for name in ids(answer)]
        assert len(set(every)) == len(every)
        assert article.article_id not in every
        assert page["article"]["article_id"] == article.article_id


def test_a_page_tells_of_the_article_being_read(api, sample_home):
    stored = next(a for a in sample_articles(sample_home.now) if a.canonical_url)
    article = api.get("/v1/page", params={"url": stored.url}).json()["article"]
    assert article == {
        "article_id": stored.article_id,
        "url": stored.url,
        "canonical_url": stored.canonical_url,
        "title": stored.title,
        "section": stored.section[0],
    }


def test_the_blocks_of_a_page_are_lists_like_any_other(api):
    block = api.get("/v1/page?id=ar-sport-01&blocks=related:3").json()["blocks"]["related"]
    alone = api.get("/v1/related?id=ar-sport-01&limit=3").json()
    assert block == alone


def test_most_read_on_a_page_is_the_articles_section_and_the_site_with_a_star(api):
    page = api.get("/v1/page?id=ar-sport-01&blocks=most_read:3,most_read/*:5").json()
    assert page["blocks"]["most_read"]["section"] == "sport"
    assert page["blocks"]["most_read/*"]["section"] is None


def test_without_an_article_only_lists_that_need_none_are_possible(api):
    page = api.get("/v1/page?blocks=latest:4,section/sport:4,trending:2,most_read:5&language=ar")
    assert page.json()["article"] is None
    assert [len(b["items"]) for b in page.json()["blocks"].values()] == [4, 4, 2, 5]
    assert api.get("/v1/page").status_code == 200
    assert api.get("/v1/page?blocks=related:5").status_code == 422


def test_a_page_that_is_no_article_still_has_the_lists_that_need_none(api):
    front = "/v1/page?url=https://sahila.example/&blocks=latest:3,section/sport:2,most_read:5"
    page = api.get(front).json()
    assert page["article"] is None
    assert [len(answer["items"]) for answer in page["blocks"].values()] == [3, 2, 5]
    assert api.get(f"{front},related:5").status_code == 404
    assert api.get("/v1/page?url=https://sahila.example/").status_code == 404


@pytest.mark.parametrize(
    "blocks",
    ["nope:2", "related:0", "related:101", "related:x", "section:4", "inline/sport:2", "a,a", ",",
     "latest:1,latest:2", "related:٣", ",".join(f"section/{n}" for n in range(31))],
)  # fmt: skip
def test_blocks_that_make_no_sense_are_refused_by_name(api, blocks):
    answer = api.get("/v1/page", params={"id": "ar-sport-01", "blocks": blocks})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "blocks"
