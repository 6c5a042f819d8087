"""Every page of the sample newsroom is complete, as on the founding page."""

from contextlib import closing

import pytest

from recsys.data.stores import open_store
from recsys.lists import Query
from recsys.model import Model
from recsys.page import compose, default_blocks, parse_blocks
from recsys.sample import Readers, sample_articles, sample_settings
from recsys.times import HOUR

FOUNDING_PAGE = (
    "inline:2,related:5,latest:4,"
    "section/art:4,section/stars:4,section/sport:4,section/health:4,most_read:5"
)


@pytest.fixture(scope="module")
def read_model(sample_model: Model) -> Model:
    """The sample newsroom after a busy hour."""
    now = sample_model.now_
    articles = sample_articles(now)
    with closing(open_store("sqlite:///:memory:", sample_settings())) as store:
        store.put_articles(articles)
        store.put_events(Readers(sessions_per_hour=300).history(articles, now - HOUR, now))
        return sample_model.refreshed(counts=store.counts())


@pytest.mark.slow  # hundreds of pages
@pytest.mark.parametrize(
    ("blocks", "read"), [(FOUNDING_PAGE, True), (None, True), (FOUNDING_PAGE, False)]
)
def test_every_article_has_a_complete_page(sample_model, read_model, blocks, read):
    model = read_model if read else sample_model
    snapshot, wrong = model.snapshot_, []
    for article in sample_articles(model.now_):
        query = Query(row=snapshot.corpus.row_of(*article.key))
        asked = parse_blocks(blocks) if blocks else default_blocks(snapshot, query)
        page = compose(snapshot, query, asked, model.now_)
        lengths = [len(page.blocks[block.key].items) for block in asked]
        ids = [item.article_id for answer in page.blocks.values() for item in answer.items]
        if lengths != [2, 5, 4, 4, 4, 4, 4, 5]:
            wrong.append((article.article_id, lengths))
        if len({*ids, article.article_id}) != 1 + len(ids):
            wrong.append((article.article_id, sorted(ids)))
        for key, answer in page.blocks.items():
            if len({item.story_id for item in answer.items}) != len(answer.items):
                wrong.append((article.article_id, key))
    assert wrong == []
