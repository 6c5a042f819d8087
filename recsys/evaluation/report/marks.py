"""Small pieces of HTML: text that cannot break out, names that keep their direction."""

from html import escape

from recsys.evaluation.report.words import clean, number


def text(value: str) -> str:
    """Return text fit to stand between tags and in a quoted attribute."""
    return escape(clean(value))


def name(value: str) -> str:
    """Return a name that may be in any script, kept apart from the direction around it."""
    return f'<bdi dir="auto">{text(value)}</bdi>'


def sentence(value: str) -> str:
    """Return one of our own sentences, which are English whatever name they begin with."""
    return f'<bdi dir="ltr">{text(value)}</bdi>'


def figure(value: float | None, shown: str = "") -> str:
    """Return a number as people read it, with the exact one for machines."""
    if value is None:
        return '<span class="none">–</span>'
    return f'<data value="{value!r}">{shown or number(value)}</data>'


def titled(title: str | None, article_id: str, side: str, language: str | None) -> str:
    """Return an article's title in its own direction and language; its id where it has none."""
    if title is None or not title.strip():
        return f'<span class="title" dir="ltr"><code>{text(article_id)}</code></span>'
    way = side if side in ("rtl", "ltr") else "auto"
    spoken = f' lang="{text(language)}"' if language else ""
    return f'<span class="title" dir="{way}"{spoken}>{text(title)}</span>'


def scrolled(label: str, table: str) -> str:
    """Return a table that scrolls by itself where the page is narrower, by keyboard too."""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{text(label)}">{table}</div>'
    )


def notes(lines: list[str], kind: str = "notes") -> str:
    """Return plain statements as a list; the empty string where there are none."""
    if not lines:
        return ""
    return (
        f'<ul class="{kind}">' + "".join(f"<li>{sentence(line)}</li>" for line in lines) + "</ul>"
    )
