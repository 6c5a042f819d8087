import shutil
import subprocess

import pytest

from tests.examples.conftest import EXAMPLES, running

PHP = sorted((EXAMPLES).rglob("*.php"))
ARTICLE = EXAMPLES / "php" / "article.php"


@pytest.mark.parametrize("path", PHP, ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_the_php_of_the_examples_can_be_read_by_php(path):
    php = shutil.which("php")
    if php is None:
        pytest.skip("there is no php; .ci/prepare browser installs php-cli")
    done = subprocess.run([php, "-l", str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_page_of_php_shows_the_lists_and_the_last_ones_while_the_engine_is_down(
    php, sample_home, tmp_path
):
    with running(sample_home.service()) as engine:
        address = str(engine.base_url).rstrip("/")
        env = {"RECSYS_ENGINE": address, "RECSYS_CACHE": str(tmp_path / "cache")}
        env["RECSYS_TIMEOUT"] = "20"  # this machine may be busy
        page = php(ARTICLE, env=env)
        related = engine.get("/v1/related.html?id=ar-politics-01&limit=5").text
        most = engine.get("/v1/most-read.html?id=ar-politics-01&window=24h&facts=views").text
        assert related.strip() in page
        assert most.strip() in page
        assert "آخر الأخبار</a>" not in page
        kept = sorted((tmp_path / "cache").iterdir())
        assert len(kept) == 2
        unknown = php(EXAMPLES.parent / "tests/examples/ask.php", "related", "id=unknown", env=env)
        assert "news-list-most-read" in unknown
        wrong = php(EXAMPLES.parent / "tests/examples/ask.php", "related", "limit=0", env=env)
        assert wrong == "instead"
    for file in kept:  # older than they may be shown without asking
        file.touch()
        subprocess.run(["touch", "-d", "1 hour ago", str(file)], check=True)
    assert php(ARTICLE, env=env) == page
    assert (tmp_path / "cache" / "trouble").exists()  # and from now on nobody waits
    assert php(ARTICLE, env=env) == page
    shutil.rmtree(tmp_path / "cache")
    bare = php(ARTICLE, env=env)
    assert "آخر الأخبار</a>" in bare
    assert "news-list" not in bare.replace("news-list.css", "")
