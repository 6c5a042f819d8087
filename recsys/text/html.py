"""HTML to lines of text."""

import re
from collections import Counter
from functools import lru_cache
from html import unescape

_DROPPED = (
    "head", "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math",
    "canvas", "audio", "video", "button", "select", "option", "textarea", "form", "nav", "aside",
    "figcaption",
)  # fmt: skip
_BLOCKS = (
    "p", "br", "hr", "div", "section", "article", "header", "footer", "main", "h1", "h2", "h3",
    "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "figure", "table",
    "caption", "tr", "td", "th", "address", "center",
)  # fmt: skip
_INLINE = (
    "html", "body", "a", "b", "i", "u", "s", "em", "strong", "span", "small", "font", "img",
    "sub", "sup", "mark", "q", "cite", "code", "time", "abbr", "del", "ins",
)  # fmt: skip
# Elements that close themselves or hold no others.
_LEFT_OPEN = frozenset((
    "p", "br", "hr", "img", "li", "dt", "dd", "td", "th", "tr", "option", "input", "meta", "link",
    "wbr", "source", "script", "style",
))  # fmt: skip

_MAX_DEPTH = 1000  # the parser takes quadratic time on elements nested in elements
_BREAK = "\x1e"


def looks_like_html(text: str) -> bool:
    """Say whether ``text`` has at least one HTML tag, comment or character reference.

    A known tag name, alone or with attributes, or a reference closed by ``;`` is asked for:
    ``a < b``, ``a<b and c>d``, ``<me@site.org>`` and ``AT&T`` are plain text.
    """
    if "<" in text and _tag().search(text):
        return True
    return "&" in text and _reference().search(text) is not None


def html_to_text(text: str) -> str:
    """Return the readable text of an HTML page or fragment, one line per block.

    Paragraphs, line breaks, list items, headings and table cells stand on lines of their own;
    scripts, styles, forms, navigation, asides, captions of figures and comments are left out.
    White space is folded, but a blank line of the source is kept as a line break, and every
    line break where the source has no block element at all (WordPress stores text so).
    Plain text comes back as it was. Never raises.
    """
    if not looks_like_html(text):
        return text
    if not _tag().search(text):
        return unescape(text)
    broken = _in_blocks(text) if _depth(text) <= _MAX_DEPTH else _without_tags(text)
    source_break = r"\n\s*\n" if _block_tag().search(text) else r"\n"
    lines = re.split(f"{_BREAK}|{source_break}", broken)
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _in_blocks(text: str) -> str:
    """Parse, drop what is not text, and put a break before and after each block."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_encodable(text).replace("\r\n", "\n").replace(_BREAK, " "))
    tree.strip_tags(list(_DROPPED))
    if tree.body is None:
        return ""
    for node in tree.css(",".join(_BLOCKS)):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    return tree.body.text()


def _encodable(text: str) -> str:
    """Lone surrogates, which UTF-8 cannot say, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _depth(text: str) -> int:
    """Elements open at once at the deepest point; those that close themselves do not count."""
    open_elements: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in re.findall(r"<(/?)([a-zA-Z][^\s/>]*)", text):
        name = name.lower()
        if name in _LEFT_OPEN:
            continue
        if not closing:
            open_elements[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif open_elements[name]:
            open_elements[name] -= 1
            depth -= 1
    return deepest


def _without_tags(text: str) -> str:
    """Cut the tags out of a document too deep to parse, in one pass."""
    kept = []
    dropped = ""
    for tag, name, between in re.findall(r"(<(/?[a-zA-Z!][^\s<>]*)[^<>]*>|<)?([^<]*)", text):
        name = name.lower()
        if dropped:
            dropped = "" if name == f"/{dropped}" else dropped
        elif name in _DROPPED:
            dropped = name
        kept.append("" if dropped else (_BREAK if name else tag) + between)
    return unescape("".join(kept))


@lru_cache(maxsize=1)
def _tag() -> re.Pattern[str]:
    names = "|".join((*_DROPPED, *_BLOCKS, *_INLINE))
    return re.compile(
        rf"<(?:/?(?:{names})(?:\s[^<>=]*=[^<>]*|\s*/?)>|!--|!doctype\b)", re.IGNORECASE
    )


@lru_cache(maxsize=1)
def _block_tag() -> re.Pattern[str]:
    return re.compile(rf"<(?:{'|'.join(_BLOCKS)})\b", re.IGNORECASE)


@lru_cache(maxsize=1)
def _reference() -> re.Pattern[str]:
    return re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
