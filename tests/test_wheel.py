"""The wheel, as a stranger installs it: its names, its commands, its sample, its service."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in tracked:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, source],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def run(wheel, tmp_path_factory):
    """A Python that sees the wheel and the dependencies, and nothing of this checkout."""
    home = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    with ZipFile(wheel) as file:
        file.extractall(home / "site")
    python = home / "venv" / "bin" / "python"
    packages = os.pathsep.join([str(home / "site"), sysconfig.get_paths()["purelib"]])
    variables = {k: v for k, v in os.environ.items() if not k.startswith("RECSYS_")}
    variables |= {"PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"}

    def start(*call, **options):
        options = {"cwd": home, "env": variables, "text": True, **options}
        return subprocess.Popen([python, *call], stdout=-1, stderr=-1, **options)

    def finish(*call):
        process = start(*call)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    finish.start = start
    finish.home = home
    return finish


def test_it_installs_one_package_and_its_data(wheel):
    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"recsys"}
    for needed in (
        "recsys/py.typed", "recsys/recipes/default.toml", "recsys/api/routes/page.py",
        "recsys/api/static/demo/demo.js", "recsys/api/static/widget/looks/cards.css",
        "recsys/sample/articles/fr.jsonl", "recsys/sample/site.toml", "recsys/api/static/docs.html",
        "recsys/lists/related.py",
    ):  # fmt: skip
        assert needed in names
    sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "recsys").rglob("*.py")}
    assert sources <= set(names)


def test_every_command_of_the_wheel_explains_itself(run):
    assert "site" in run("-c", "import recsys; print(recsys.__file__)").split(os.sep)
    commands = json.loads(
        run("-c", "import json, recsys.cli as c; print(json.dumps(list(c.COMMANDS)))")
    )
    for command in commands:
        assert "Usage" in run("-m", "recsys", command, "--help")


def test_the_wheel_trains_the_sample_and_serves_it(run):
    run("-c", """if True:
        from recsys import open_store
        from recsys.sample import sample_articles, sample_settings
        store = open_store("sqlite:///news.db", sample_settings())
        store.put_articles(sample_articles(1_800_000_000))
    """)  # fmt: skip
    version = run("-m", "recsys", "train", "default", "--store", "sqlite:///news.db",
                  "--models", "models", "--now", "2027-01-15T08:00:00Z").strip()  # fmt: skip
    port = "18765"
    server = run.start("-m", "recsys", "serve", "--models", "models", "--store", "sqlite:///news.db",
                       "--port", port, "--now", "2027-01-15T08:00:00Z")  # fmt: skip
    try:
        answer = _ask(f"http://127.0.0.1:{port}/v1/related?id=ar-sport-05", server)
        assert answer["model"]["version"] == version
        assert len(answer["items"]) == 5
    finally:
        server.terminate()
        server.communicate(timeout=30)


def _ask(address, server):
    for _ in range(300):
        assert server.poll() is None, server.communicate()[1]
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return json.load(response)
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the service did not answer in a minute")
