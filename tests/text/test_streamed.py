"""The compiled pass over many texts, held equal to the pattern and to counting block by block."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recsys.kernels.words import WordTable
from recsys.sample import sample_articles
from recsys.text import Folding, Tokenizer
from recsys.text.characters import classes
from recsys.text.streamed import counted, idf_of, weigh
from recsys.text.vectoriser import Document, Vectoriser
from tests.effort import examples

PLAIN = Tokenizer(stemming="none", stop_words=False)
DATA = Path(os.environ.get("RECSYS_DATA", "nowhere")) / "saudinewsnet" / "articles.parquet"

characters = st.sampled_from(
    "اأبةـهى\u200c\u061c\u0301 aéS'’＇٣7.,٫٬@/:\n東京กข\ud800\udc00ﷺ😀_א\"׳״ת"
    "\U0001f101\U0001fbf1\U0001d7ce\U00030000\U000e0100\U0003ffff\U00040000\U0010ffff"
)
written = st.text() | st.text(characters) | st.text(st.characters(exclude_categories=[]))
languages = st.sampled_from([None, "ar", "ar-MA", "fr", "en", "tr", "ja", "xx", ""])
documents = st.lists(
    st.builds(
        Document,
        languages,
        st.dictionaries(st.sampled_from(["title", "summary", "body", "tags", "other"]), written),
    ),
    max_size=6,
)


def numbered(table, texts, languages=None):
    """The words of each text, as the table has them."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    numbers, lengths = table.number_words(codes, ends, np.array(languages or [0] * len(texts)))
    parts = np.split(numbers, np.cumsum(lengths)[:-1])
    return [part.tolist() for part in parts]


def assert_same(found, expected):
    counts, terms, surfaces = found
    assert terms == expected[1]
    assert surfaces == expected[2]
    assert counts.shape == expected[0].shape
    for name in ("data", "indices", "indptr"):
        ours, theirs = getattr(counts, name), getattr(expected[0], name)
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()


def in_blocks(vectoriser, documents):
    return vectoriser._counted_in_blocks(documents, 1, None, None)


def test_a_word_has_one_number_wherever_it_stands():
    table = WordTable(classes())
    assert numbered(table, ["ship sea ship", "", "l'eau sea"]) == [[0, 1, 0], [], [2, 1]]
    assert numbered(table, ["sea 18.3"]) == [[1, 3]]
    assert table.strings(0, table.n_runs) == ["ship", "sea", "l'eau", "18.3"]


def test_equal_words_of_two_languages_are_two():
    table = WordTable(classes())
    assert numbered(table, ["son", "son"], [0, 1]) == [[0], [1]]
    assert table.runs(0, 2)[2].tolist() == [0, 1]


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(written, min_size=1, max_size=5))
def test_words_are_those_of_the_pattern(texts):
    table = WordTable(classes())
    numbers = numbered(table, texts)
    words = table.strings(0, table.n_runs)
    found = [[words[number] for number in part] for part in numbers]
    from recsys.text.characters import word_pattern

    assert found == [word_pattern().findall(text) for text in texts]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("end", [0x2000, pytest.param(0x40100, marks=pytest.mark.slow)])
def test_every_character_is_in_the_words_it_was_in(end):
    """Each alone, between letters, between digits, between Hebrew letters and behind a mark."""
    from recsys.text.characters import word_pattern

    texts = ["".join(f"{chr(c)} a{chr(c)}b 1{chr(c)}2 ת{chr(c)}א a'{chr(c)} " for c in part)
             for part in np.array_split(np.arange(end), 40)]  # fmt: skip
    table = WordTable(classes())
    numbers = numbered(table, texts)
    words = table.strings(0, table.n_runs)
    for text, part in zip(texts, numbers, strict=True):
        assert [words[number] for number in part] == word_pattern().findall(text)


def test_a_table_grows_with_its_words():
    """100,000 words, one text of 60,000 among them: the table is made larger again and again."""
    words = [f"w{i}" for i in range(100_000)]
    texts = [" ".join(words[:5000]), " ".join(words[:60_000]), " ".join(words[60_000:])]
    table = WordTable(classes())
    assert numbered(table, texts) == [
        list(range(5000)), list(range(60_000)), list(range(60_000, 100_000))
    ]  # fmt: skip
    assert table.strings(0, 100_000) == words


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(
    documents,
    st.builds(
        Tokenizer,
        folding=st.builds(Folding, diacritics=st.booleans(), case=st.booleans()),
        stemming=st.sampled_from(["none", "light", "snowball"]),
        stop_words=st.booleans(),
        min_characters=st.integers(1, 3),
        spaceless_ngram=st.integers(1, 3),
    ),
    st.sampled_from([1, 2]),
)
def test_counts_are_those_of_the_blocks_to_the_bit(documents, tokenizer, jobs):
    vectoriser = Vectoriser(tokenizer, title=0.7, tags=1.3)
    found = counted(tokenizer, vectoriser.weights, documents, jobs)
    assert_same(found, in_blocks(vectoriser, documents))


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(written.filter(bool)), languages)
def test_words_looked_up_together_have_the_pairs_of_words_looked_up_alone(texts, language):
    tokenizer = Tokenizer()
    words = [word for text in texts for word in tokenizer.words(text)]
    entries = tokenizer.entries(language)
    assert list(tokenizer.pairs_of_words(words, language)) == [entries[word] for word in words]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_sample_newsroom_is_counted_alike_in_many_blocks(jobs):
    documents = [
        Document(a.language, {"title": a.title or "", "body": a.body or ""})
        for a in sample_articles(1_800_000_000)
    ] * 8
    vectoriser = Vectoriser()
    found = counted(vectoriser.tokenizer, vectoriser.weights, documents, jobs)
    assert_same(found, in_blocks(vectoriser, documents))


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_file(), reason="no saudinewsnet below RECSYS_DATA")
def test_real_articles_are_counted_alike():
    from recsys.data.documents import document_of
    from recsys.data.importers.reading import read_articles
    from recsys.settings import read_settings

    documents = [document_of(article) for article in read_articles(DATA, read_settings(None))]
    vectoriser = Vectoriser()
    found = counted(vectoriser.tokenizer, vectoriser.weights, documents, 2)
    assert_same(found, in_blocks(vectoriser, documents))


@pytest.mark.slow
def test_many_documents_take_the_compiled_way_and_few_do_not():
    code = (
        "import sys\n"
        "from recsys.text.vectoriser import _MANY, Document, Vectoriser\n"
        "few = [Document('en', {'body': 'ship'})] * (_MANY - 1)\n"
        "rows = Vectoriser().fit_transform(few)\n"
        "assert 'numba' not in sys.modules\n"
        "rows = Vectoriser().fit_transform([*few, Document('en', {'body': 'sea'})])\n"
        "assert 'numba' in sys.modules\n"
        "assert rows.shape == (_MANY, 2)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0.0, 0.7, 1.0, 2.3, 9.0]), min_size=7, max_size=7)),
    st.booleans(),
)
def test_rows_are_weighed_as_scikit_learn_weighs_them_to_the_bit(counts, sublinear):
    from sklearn.feature_extraction.text import TfidfTransformer

    counts = csr_array(np.array(counts, dtype=np.float64).reshape(-1, 7))
    if not counts.shape[0]:
        return
    weigher = TfidfTransformer().fit(counts)
    idf = idf_of(counts)
    assert idf.tobytes() == weigher.idf_.tobytes()
    worth = counts.copy()
    worth.data = Vectoriser(sublinear_tf=sublinear)._dampened(counts.data)
    expected = weigher.transform(worth.copy()).data.astype(np.float32)
    assert weigh(idf, worth).tobytes() == expected.tobytes()


@pytest.mark.slow  # starts a process
def test_many_documents_have_the_rows_of_scikit_learn_without_it():
    code = (
        "import sys\n"
        "from recsys.sample import sample_articles\n"
        "from recsys.text.vectoriser import _MANY, Vectoriser\n"
        "from recsys.data.documents import Documents\n"
        "articles = (sample_articles(1_800_000_000) * _MANY)[:_MANY]\n"
        "ours, theirs = Vectoriser(), Vectoriser()\n"
        "rows = ours.fit_transform(Documents(articles))\n"
        "assert 'sklearn' not in sys.modules\n"
        "expected = theirs.fit_transform(Documents(articles), backend='sequential')\n"
        "assert 'sklearn' in sys.modules\n"
        "assert ours.idf_.tobytes() == theirs.idf_.tobytes()\n"
        "for name in ('data', 'indices', 'indptr'):\n"
        "    assert getattr(rows, name).tobytes() == getattr(expected, name).tobytes()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_documents_without_a_word_that_counts_have_empty_rows():
    documents = [Document("en", {"body": "the"}), Document(None, {}), Document("en", {"body": ""})]
    counts, terms, surfaces = counted(Tokenizer(), {"body": 1.0}, documents)
    assert (counts.shape, terms, surfaces) == ((3, 0), [], [])


def test_no_jobs_at_all_are_refused():
    with pytest.raises(ValueError, match="n_jobs"):
        counted(PLAIN, {"body": 1.0}, [], 0)


def test_an_error_while_documents_are_read_is_raised():
    class Unreadable(list):
        def __getitem__(self, place):
            if isinstance(place, slice) and place.start:
                raise OSError("gone")
            return super().__getitem__(place)

    texts = Unreadable([Document("en", {"body": "ship"})] * 1000)
    with pytest.raises(OSError, match="gone"):
        counted(PLAIN, {"body": 1.0}, texts, 2)
