import numpy as np

from recsys.data.documents import Documents, document_of
from recsys.model import Model
from recsys.records import Article

BARE = [Article(name, section=("sport",), tags=("cup",)) for name in "abc"]


def test_tags_and_section_are_words_of_an_article_that_has_others():
    article = Article("a", title="<b>Goal</b>", section=("sport", "cup"), tags=("final",))
    assert document_of(article).fields == {
        "title": "Goal",
        "summary": "",
        "body": "",
        "tags": "final",
        "section": "sport\ncup",
    }


def test_without_title_summary_and_body_there_are_no_words():
    assert not any(document_of(BARE[0]).fields.values())
    assert not any(document_of(Article("a", title="<p> </p>", section=("x",))).fields.values())


def test_a_section_alone_makes_no_story():
    snapshot = Model().fit(BARE, now=1_700_000_000).snapshot_
    assert snapshot.leaders.tolist() == [0, 1, 2]
    assert snapshot.space.rows.nnz == 0
    assert np.all(snapshot.space.near == -1)


def test_documents_made_as_they_are_read_are_those_made_at_once():
    articles = [Article(name, title=f"<b>Goal</b> {name}", body="ship") for name in "abcd"]
    made, lazy = [document_of(article) for article in articles], Documents(articles)
    assert len(lazy) == 4
    assert list(lazy) == made
    assert list(lazy[1:3]) == made[1:3]
    assert lazy[-1] == made[-1]
