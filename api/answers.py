"""Answers as bytes, with their ETag and how long they may be kept."""

import json
import re
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from recsys.page import Page
from recsys.records import ModelName, RecommendationList
from recsys.settings import Settings

from .fragments import Look, list_html, page_html
from .lists import Lists, UnknownArticleError
from .questions import Fragment

MAX_AGE_SECONDS = {"related": 300, "inline": 300}
USUAL_MAX_AGE_SECONDS = 60
UNKNOWN_MAX_AGE_SECONDS = 10  # of what stands in for the list of an unknown article, at most
STALE_FACTOR = 5  # an answer may be shown so many times its age while a new one is fetched

# What changes although the content does not. A quote inside of a string is escaped, so this
# matches keys only.
_MOMENTS = re.compile(rb'"(?:generated_at|data_until)":(?:"[^"]*"|null),')


KEEPER = "recsys.keeper"
"""Where the scope of a request carries a function that may keep the answer."""


Form = Callable[[RecommendationList | Page, Settings], Response]
Ask = Callable[[Lists], RecommendationList | Page]


class Answer(Response):
    """Lists on their way out; those that are not what was asked for are counted as they go.

    Attributes
    ----------
    degraded
        List and reason of each of them.
    again
        Returns what would be answered from other lists.
    """

    degraded: tuple[tuple[str, str], ...] = ()
    again: "Callable[[Lists], Response] | None" = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, let it be kept, and send."""
        scope["app"].state.metrics.degraded(self.degraded)
        if KEEPER in scope:
            scope[KEEPER](self)
        await super().__call__(scope, receive, send)


def answered(lists: Lists, form: Form, ask: Ask) -> Response:
    """Return what is asked for, in a form; the same may be asked again of other lists."""
    made = form(ask(lists), lists.settings)
    if isinstance(made, Answer):
        made.again = partial(answered, form=form, ask=ask)
    return made


def json_answer(answer: RecommendationList | Page, settings: Settings) -> Answer:
    """Return a list or a page as JSON."""
    body = json_bytes(answer.document())
    return _answer(answer, body, timeless(body), "application/json", settings)


def fragment(lists: Lists, asked: Fragment, ask: Ask) -> Response:
    """Return what is asked for as a fragment of HTML; the same may be asked again of other lists.

    An unknown article is no error here, for servers show errors inside of their pages: what may be
    shown instead is answered, for a short time, and ``x-error`` says so.
    """
    look = asked.look(lists.settings.site(asked.site).time_zone)
    try:
        made = html_answer(ask(lists), lists.settings, look)
    except UnknownArticleError as error:
        made = _instead(error, lists.settings, look)
    made.again = partial(fragment, asked=asked, ask=ask)
    return made


def html_answer(answer: RecommendationList | Page, settings: Settings, look: Look) -> Answer:
    """Return a list or a page as a fragment of HTML."""
    html = page_html(answer, look) if isinstance(answer, Page) else list_html(answer, look)
    body = html.encode("utf-8", "replace")
    return _answer(answer, body, body, "text/html", settings)


def _instead(error: UnknownArticleError, settings: Settings, look: Look) -> Answer:
    """Return most-read, where it was not declined, in place of what an unknown article has."""
    blocks = {"most_read": error.fallback} if error.fallback else {}
    made = html_answer(Page(None, blocks), settings, look)
    usual = settings.max_age_seconds
    most = UNKNOWN_MAX_AGE_SECONDS if usual is None else min(usual, UNKNOWN_MAX_AGE_SECONDS)
    made.headers["cache-control"] = _kept(most)
    made.headers["x-error"] = error.code
    return made


def timeless(body: bytes) -> bytes:
    """Return the JSON of a list or a page less the moments at which it was made."""
    return _MOMENTS.sub(b"", body)


def json_bytes(document: Any) -> bytes:
    """Return compact JSON in UTF-8; ValueError for NaN and infinities."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def json_response(document: Any, status: int = 200) -> Response:
    """Return JSON that is not to be kept."""
    return Response(json_bytes(document), status, {"cache-control": "no-store"}, "application/json")


def received(events: int, counted: int) -> Response:
    """Return the answer to events that are stored."""
    return json_response({"received": events, "counted": counted}, 202)


def _answer(
    answer: RecommendationList | Page,
    body: bytes,
    content: bytes,
    media_type: str,
    settings: Settings,
) -> Answer:
    lists = list(answer.blocks.values()) if isinstance(answer, Page) else [answer]
    name = "page" if isinstance(answer, Page) else answer.list
    headers = {
        "etag": f'W/"{blake2b(content, digest_size=12).hexdigest()}"',
        "cache-control": _cache_control(name, settings),
        "x-model-version": _version(lists[0].model if lists else None),
    }
    made = Answer(body, 200, headers, media_type)
    made.degraded = tuple((each.list, each.reason or "") for each in lists if each.degraded)
    return made


def _cache_control(name: str, settings: Settings) -> str:
    seconds = settings.max_age_seconds
    return _kept(MAX_AGE_SECONDS.get(name, USUAL_MAX_AGE_SECONDS) if seconds is None else seconds)


def _kept(seconds: int) -> str:
    if seconds <= 0:
        return "no-cache"
    stale = seconds * STALE_FACTOR
    return f"public, max-age={seconds}, stale-while-revalidate={stale}"


def _version(model: ModelName | None) -> str:
    return model.version if model else "none"
