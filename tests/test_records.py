from dataclasses import astuple
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.records import Article

SPOILT = st.text(st.sampled_from("ab'\"\\\n\r\t \u00a0\u200f\x00\ud800خبرé😀"))


@given(SPOILT, st.none() | SPOILT, st.lists(SPOILT).map(tuple), st.booleans())
@pytest.mark.filterwarnings("error")
def test_the_fingerprint_is_a_hash_of_all_fields_as_python_writes_them(title, body, tags, paid):
    article = Article("a", title=title, body=body, tags=tags, sponsored=paid, language="ar")
    written = repr(list(astuple(article))).encode("utf-8", "backslashreplace")
    digest = blake2b(written, digest_size=8).digest()
    assert article.fingerprint == int.from_bytes(digest, "little")
