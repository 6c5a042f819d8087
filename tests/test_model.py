import gc
from dataclasses import replace

import pytest

from recsys import model
from recsys.model import Model
from recsys.records import Article
from recsys.sample import sample_articles, sample_settings
from tests.conftest import NOW


@pytest.mark.parametrize("has_links", [False, True])
def test_many_texts_are_let_go_of_when_they_are_counted_unless_links_lead_from_them(
    monkeypatch, has_links
):
    links = ("g0",) if has_links else ()
    left = []
    monkeypatch.setattr(model, "EXACT_UP_TO", 10)

    def given():
        for i, article in enumerate(sample_articles(NOW)[:20]):
            yield replace(article, article_id=f"g{i}", site="let-go", inline_links=links)

    def tell(stage, done, total):
        if stage == "neighbours":
            alive = [o for o in gc.get_objects() if isinstance(o, Article) and o.site == "let-go"]
            left.append(len(alive))

    Model(settings=sample_settings()).fit(given(), now=NOW, progress=tell)
    assert left
    assert set(left) == ({20} if has_links else {0})
