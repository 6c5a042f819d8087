import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys import __version__
from recsys.cli import COMMANDS, command
from tests.cli.conftest import jsonl

RECSYS = [sys.executable, "-m", "recsys"]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(recsys, name):
    said = recsys(name, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: recsys {name} ")
    assert "--help" in said.out


def test_the_help_shows_the_whole_table(recsys):
    said = recsys("--help")
    assert said.code == 0
    assert all(f"\n  {name} " in said.out for name in COMMANDS)


def test_the_help_reads_no_command_and_no_heavy_library():
    code = "import sys; from recsys.cli import run; run(['--help']); print(*sys.modules)"
    loaded = python(code).split()
    assert "numpy" not in loaded
    assert "sklearn" not in loaded
    assert "recsys.cli.train" not in loaded


@pytest.mark.slow  # starts processes
def test_answering_imports_no_scikit_learn(newsroom):
    call = ["related", "ar-sport-01", "--models", str(newsroom.models)]
    code = f"import sys; from recsys.cli import run; run({call!r}); print('sklearn' in sys.modules)"
    assert python(code).endswith("False\n")


def test_the_module_is_the_command():
    done = subprocess.run([*RECSYS, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing command"),
        (["trian"], "Did you mean 'train'?"),
        (["train"], "Missing argument 'RECIPE'"),
        (["train", "default"], "Missing option '--models'"),
        (["train", "default", "--modles", "m"], "--models"),
        (["related", "a", "--models", "m", "--limit", "0"], "--limit"),
        (["related", "a", "--models", "m", "--limit", "five"], "--limit"),
        (["related", "a", "--models", "m", "--now", "soon"], "2026-03-01T12:00:00Z, or data"),
        (["import", "a.jsonl", "--store", "sqlite:///a.db", "--on-error", "ask"], "skip"),
        (["train", "default", "--models", "m"], "either --store URL, or --articles F"),
        (["train", "default", "--models", "m", "--events", "e.jsonl"], "either --store URL"),
        (["most-read", "--store", "s", "--articles", "a.jsonl"], "either --store URL"),
        (["most-read", "--store", "s", "--window", "2h"], "window: must be one of now, 1h"),
        (["train", "default", "--models", "m", "--articles", "a", "--jobs", "0"], "at least 1"),
        (["validate", "a", "--site", "s", "--site-column", "c"], "exclude each other"),
        (["models", "lst", "--models", "."], "'list', 'show'"),
        (["models", "promote", "--models", "."], "takes the version"),
        (["models", "rollback", "20260301T120000Z-1a2b3c4d", "--models", "."], "no version"),
    ],
)
def test_a_wrong_call_is_one_line_and_code_2(refused, arguments, message):
    assert message in refused(2, *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "nothing", "--models", "m", "--articles", "a.jsonl"], "one of arabic, default"),
        (["train", "no.toml", "--models", "m", "--articles", "a.jsonl"], "no.toml: cannot read"),
        (["train", "default", "--models", "m", "--articles", "a.jsonl"], "a.jsonl: there is no"),
        (["train", "default", "--models", "m", "--store", "news.db"], "such as sqlite:///news.db"),
        (["train", "default", "--models", "m", "--store", "sqlite:///no.db"], "recsys import"),
        (["import", "a.jsonl", "--store", "sqlite:///a.db"], "a.jsonl: there is no such file"),
        (["import", ".", "--store", "sqlite:///a.db"], "directory"),
        (["import", "/dev/null", "--store", "sqlite:///a.db"], "a regular file"),
        (["related", "a", "--models", "m"], "run recsys train"),
        (["related", "a", "--models", "m", "--model", "../m"], "a model's name is letters"),
        (["models", "list", "--models", "m"], "there is no such folder"),
        (["most-read", "--store", "sqlite:///a.db", "--config", "no.toml"], "no such config"),
        (["most-read", "--articles", "a.pdf"], "a.pdf"),
    ],
)
def test_anything_else_that_fails_is_one_line_and_code_1(refused, arguments, message):
    assert message in refused(1, *arguments)


def test_a_message_is_one_line_whatever_the_name_of_a_file(refused):
    assert refused(1, "validate", "a\nb\x1b[31m.jsonl", "--config", "x\ny.toml").startswith("x y")


def test_only_debug_shows_where_an_error_comes_from(recsys):
    said = recsys("--debug", "related", "a", "--models", "m")
    assert said.err.startswith("Traceback")
    assert said.err.splitlines()[-1].startswith("recsys: ")


@pytest.mark.slow  # starts processes
def test_a_reader_that_stops_reading_is_no_error(newsroom):
    call = subprocess.list2cmdline([*RECSYS, "models", "show", "--models", str(newsroom.models)])
    done = subprocess.run(f"{call} | true", shell=True, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.slow  # starts processes
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_one_line(newsroom):
    call = [*RECSYS, "models", "list", "--models", str(newsroom.models)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "recsys: output: No space left on device\n")


@pytest.mark.slow  # starts processes
def test_a_terminal_of_another_alphabet_breaks_nothing(tmp_path):
    path = jsonl(tmp_path / "أخبار.jsonl", [{"article_id": "1", "title": "x"}])
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "1"}
    for more in ([], ["--json"]):
        call = [*RECSYS, "validate", str(path), *more]
        assert b"\\u0623" in subprocess.run(call, capture_output=True, env=latin, check=True).stdout


@pytest.mark.slow  # starts processes
def test_an_interruption_is_quiet(newsroom, tmp_path):
    rows = newsroom.events.read_text(encoding="utf-8") * 40
    big = tmp_path / "events.jsonl"
    big.write_text(rows, encoding="utf-8")
    call = [
        *RECSYS,
        "import",
        str(big),
        "--store",
        f"sqlite:///{tmp_path}/n.db",
        "--on-error",
        "skip",
    ]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (tmp_path / "n.db-wal").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "" or (err.startswith("recsys: interrupted; ") and err.count("\n") == 1)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_once_in_the_table_and_at_length_by_itself(name):
    assert COMMANDS[name].endswith(".")
    assert command(name).help
