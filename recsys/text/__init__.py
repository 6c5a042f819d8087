"""Text to words: folding, tokens, stop words, HTML, page furniture, titles for display."""

from recsys.text.display import clean_title, direction, shorten
from recsys.text.folding import Folding
from recsys.text.furniture import strip_furniture
from recsys.text.html import html_to_text, looks_like_html
from recsys.text.stemming import light10
from recsys.text.stopwords import stop_words
from recsys.text.tokens import Tokenizer

__all__ = [
    "Folding",
    "Tokenizer",
    "clean_title",
    "direction",
    "html_to_text",
    "light10",
    "looks_like_html",
    "shorten",
    "stop_words",
    "strip_furniture",
]
