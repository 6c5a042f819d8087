"""Generated articles say the words of the generated rows, and are the same each time."""

from itertools import islice

import numpy as np
from scipy.sparse import csr_array

from benchmarks.generated import NOW, generated_articles, generated_rows
from recsys.text.vectoriser import Document, Vectoriser
from recsys.times import DAY


def test_the_same_size_and_seed_give_the_same_articles():
    assert list(generated_articles(50)) == list(generated_articles(50))
    assert list(generated_articles(50, 1)) != list(generated_articles(50))


def test_articles_are_as_many_as_asked_with_ids_of_their_own_and_dates_in_order():
    made = list(generated_articles(200))
    assert len({article.article_id for article in made}) == 200
    dates = [article.published_at for article in made]
    assert dates == sorted(dates)
    assert (dates[0], dates[100]) == (NOW - 1000 * DAY, NOW - 500 * DAY)


def test_the_texts_make_the_rows_whatever_stemming_and_stop_words_do():
    """The words of the texts, counted by the default recipe, are the columns of the rows."""
    documents = [
        Document("ar", {"title": article.title, "body": article.body})
        for article in generated_articles(400)
    ]
    found = Vectoriser(title=1.0).fit_transform(documents, 1)
    wanted = generated_rows(400)
    wanted = csr_array(wanted[:, np.unique(wanted.indices)])
    assert found.shape == wanted.shape
    assert found.nnz == wanted.nnz
    order = [_profile(rows) for rows in (found, wanted)]
    assert np.allclose(*order, atol=1e-6)


def _profile(rows):
    """Return cosines of all pairs: they do not depend on the order of the columns."""
    return (rows @ rows.T).toarray()


def test_a_reader_of_a_few_articles_waits_for_a_few():
    assert [article.article_id for article in islice(generated_articles(300), 2)] == [
        "g0000000", "g0000001",
    ]  # fmt: skip
