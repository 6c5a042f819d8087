import json
import re

import pytest

from tests.examples.conftest import EXAMPLES, running

PAGE = (EXAMPLES / "amp" / "article.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_an_amp_page_asks_for_is_answered_to_any_origin(home):
    address = re.search(r'src="https://recs.news.example(/v1/[^"]+)"', PAGE)
    configured = re.search(r'<script type="application/json">(.*?)</script>', PAGE, re.DOTALL)
    assert address
    assert configured
    (trigger,) = json.loads(configured[1])["triggers"].values()
    with running(home.service()) as engine:
        origin = {"Origin": "https://news-example.cdn.ampproject.org"}
        asked = address[1].replace("&amp;", "&") + "&__amp_source_origin=https%3A%2F%2Fnews.example"
        answer = engine.get(asked, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "*"
        document = answer.json()
        named = set(re.findall(r"{{(\w+)}}", PAGE))
        assert named <= {"heading", *document["items"][0]}
        body = json.dumps(trigger["extraUrlParams"])
        headers = {
            **origin,
            "Content-Type": "text/plain;charset=UTF-8",
            "User-Agent": "Mozilla/5.0",
        }
        sent = engine.post("/v1/events", content=body, headers=headers)
        assert (sent.status_code, sent.json()["counted"]) == (202, 1)
        assert sent.headers["access-control-allow-origin"] == "*"
