import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.api.test_serving import free_port
from tests.examples.conftest import EXAMPLES, running

SSI = EXAMPLES / "ssi"


@pytest.fixture
def nginx(tmp_path):
    """Start nginx with the example's configuration, at other ports and in another folder."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip("there is no nginx; .ci/prepare browser installs it")
    started = []

    def start(engine: str, patience: str = "20s") -> str:
        port = free_port()
        text = (SSI / "nginx.conf").read_text(encoding="utf-8")
        text = text.replace("/tmp/recsys-ssi", str(tmp_path)).replace("127.0.0.1:8000", engine)
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        text = text.replace("proxy_read_timeout 1s", f"proxy_read_timeout {patience}")
        if os.geteuid() == 0:  # its workers would be somebody who may not read a test's folder
            text = f"user root;\n{text}"
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(text, encoding="utf-8")
        called = [found, "-p", str(SSI), "-e", "stderr", "-c", str(configuration)]
        started.append(subprocess.Popen(called, stderr=subprocess.PIPE, text=True))
        wait_for(port)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


def wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx did not start")


@pytest.mark.slow
def test_nginx_puts_lists_into_a_page_and_keeps_them_while_the_engine_is_down(
    nginx, sample_home, tmp_path
):
    with running(sample_home.service()) as engine:
        address = f"{engine.base_url.host}:{engine.base_url.port}"
        server = nginx(address)
        related = engine.get("/v1/related.html?id=ar-politics-01&limit=5").text
        most = engine.get("/v1/most-read.html?id=ar-politics-01&window=24h&facts=views").text
        page = httpx.get(f"{server}/article.shtml", trust_env=False).text
        assert related in page
        assert most in page
        assert "news-list-instead" not in page
        assert httpx.get(f"{server}/lists/latest.html", trust_env=False).content == b""
        assert httpx.get(f"{server}/news-list.css", trust_env=False).status_code == 200
    again = httpx.get(f"{server}/article.shtml", trust_env=False)
    assert (again.status_code, again.text) == (200, page)


@pytest.mark.slow
def test_without_the_engine_and_anything_kept_the_page_has_what_it_had_instead(nginx):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it answers nobody
        server = nginx(f"127.0.0.1:{silent.getsockname()[1]}", "1s")
        page = httpx.get(f"{server}/article.shtml", trust_env=False, timeout=10)
        assert page.status_code == 200
        assert "news-list-instead" in page.text
        assert not re.search(r"<section|error|50\d|nginx", page.text)


def test_every_include_of_the_pages_names_a_list_that_there_is():
    lists = "related|most-read|trending|latest|inline|page"
    for path in (SSI / "html" / "article.shtml", EXAMPLES / "esi" / "article.html"):
        text = Path(path).read_text(encoding="utf-8")
        included = re.findall(r'(?:virtual|src)="/lists/([a-z-]+)\.html\?', text)
        assert included
        assert all(re.fullmatch(lists, name) for name in included)
