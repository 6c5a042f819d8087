import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.urls import canonical_form, is_web_address


@pytest.mark.parametrize(
    "url",
    [
        "https://Site.Example/a/1",
        "http://site.example/a/1/",
        "https://site.example:443/a/1#comments",
        "https://site.example/a/1?utm_source=x&fbclid=1",
    ],
)
def test_one_page_has_one_canonical_form(url):
    assert canonical_form(url) == "https://site.example/a/1"


def test_parameters_that_name_the_page_are_kept_in_order_of_their_names():
    assert canonical_form("https://s.example/?b=2&a=1") == "https://s.example?a=1&b=2"


def test_arabic_paths_are_equal_written_or_escaped():
    written = canonical_form("https://s.example/خبر")
    assert written == canonical_form("https://s.example/%D8%AE%D8%A8%D8%B1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a/b",
        "ftp://s.example/",
        "javascript:alert(1)",
        "https://",
        "http://[",
        "https://s.example:99999/",
    ],
)
def test_what_is_no_web_address_is_known_for_it(url):
    assert not is_web_address(url)


@given(st.text(max_size=60))
def test_the_canonical_form_is_its_own_canonical_form(path):
    form = canonical_form("https://s.example/" + path)
    assert canonical_form(form) == form


@given(
    st.from_regex(
        r"https?://[a-z0-9-]{1,8}(\.[a-z0-9-]{1,5}){0,3}(/[A-Za-z0-9:@!$&'()*+,;=._~-]{0,8}){0,6}",
        fullmatch=True,
    )
)
def test_a_plain_address_has_the_form_that_taking_it_apart_gives(url):
    assert canonical_form(url) == canonical_form(url + "#taken-apart")
    assert is_web_address(url) == is_web_address(url + "#taken-apart") is True
