import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys.text import html_to_text, looks_like_html


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b",
        "a<b and c>d",
        "AT&T",
        "R & D",
        "<me@site.org>",
        "x <3",
        "if a <b then",
        "5 > 4;",
    ],
)
def test_plain_text_comes_back_as_it_was(text):
    assert not looks_like_html(text)
    assert html_to_text(text) == text


@pytest.mark.parametrize("text", ["<p>a", "a<br/>b", "<!-- x -->", "Tom &amp; Jerry", "&#8217;"])
def test_a_tag_or_a_reference_makes_it_html(text):
    assert looks_like_html(text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>a<li>b</ul>c", "a\nb\nc"),
        ("<h2>a</h2>b", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("<div>a</div>tail", "a\ntail"),
        ("<p>one <b>w</b>ord,\n   folded</p>", "one word, folded"),
        ("Tom &amp; Jerry &#8217;x&#x27;", "Tom & Jerry ’x'"),
        ("<p>a &lt; b&nbsp;&amp; c</p>", "a < b & c"),
        ("<p>a < b</p>", "a < b"),
        ("<!DOCTYPE html><title>t</title><body>b</body>", "b"),
    ],
)
def test_blocks_become_lines_and_references_characters(html, text):
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "tag", ["script", "style", "template", "noscript", "iframe", "nav", "aside", "form", "button"]
)
def test_what_is_not_text_is_left_out(tag):
    assert html_to_text(f"<p>a</p><{tag}>gone</{tag}><p>b</p>") == "a\nb"


def test_comments_and_captions_are_left_out():
    html = "<p>a<!-- gone --></p><figure><img src=x><figcaption>gone</figcaption></figure>b"
    assert html_to_text(html) == "a\nb"


def test_line_breaks_count_where_no_block_element_does():
    assert html_to_text("first\nsecond <b>x</b>\n\nthird") == "first\nsecond x\nthird"
    assert html_to_text("<p>first\nsecond</p>\n\nthird\nfourth") == "first second\nthird fourth"


def test_a_lone_surrogate_does_not_stop_it():
    assert html_to_text("<p>a\ud800b</p>") == "a?b"


@given(st.text() | st.text(st.sampled_from("<>/!-&;#pbrscit \n\"'=\x00\ud800")))
@example("<script>")
@example("<p><!--")
@example("<frameset>")
def test_it_never_raises(text):
    assert isinstance(html_to_text(text), str)


@pytest.mark.parametrize("bad", ["<div>", "<nav>", "<b><i>", "<p><div>", "<!--", "<", "<script>"])
def test_hostile_nesting_is_no_slower_than_a_long_page(bad):
    started = time.process_time()
    html_to_text("<p>x</p>" + bad * 30_000)
    assert time.process_time() - started < 5  # seconds; the parser alone needs minutes


def test_a_document_too_deep_to_parse_still_gives_its_text():
    html = "<div>" * 2000 + "a<script>gone</script>b &amp; c<br>d" + "</div>" * 2000
    assert html_to_text(html) == "a\nb & c\nd"
