"""Spoilt requests by the thousand: an answer to each, never a 500, never an echo."""

import asyncio
import random
import subprocess
import sys
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup

from tests.torture.load import Connection
from tests.torture.mutants import bases, exchange, marker_of, mutated, rendered
from tests.torture.server import KEYED, Server

pytestmark = pytest.mark.torture

AT_A_TIME = 32
SHOWN = 10
PARSER = b"Invalid HTTP request received."  # what uvicorn says of what is no HTTP at all
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def test_spoilt_requests_are_answered_and_never_with_a_500_or_an_echo(home, tier, told):
    with Server(home) as server:
        before = server.health()
        known = bases(description(server))
        outcomes = asyncio.run(all_of(server.port, known, tier.mutants))
        faults = [each for each in outcomes if each.fault]
        statuses = Counter(status for each in outcomes for status in each.statuses)
        told(
            "mutants",
            sent=len(outcomes),
            answers=statuses.total(),
            faults=len(faults),
            dropped=sum("dropped" in each.fault for each in faults),
            echoed=sum("echo" in each.fault for each in faults),
            by_the_parser=sum(PARSER in each.received for each in outcomes),
            statuses=dict(sorted(statuses.items())),
        )
        assert not faults, "\n".join(f"{each.fault}: {each.sent!r}" for each in faults[:SHOWN])
        assert server.health()["articles"] >= before["articles"] - 20
        connection = Connection(server.port)
        assert connection.get("/v1/page?id=g1").status in (200, 404)
        connection.close()
        assert server.descriptors() < 200


def test_requests_made_from_the_description_are_answered_as_it_says(home, tier, told):
    with Server(home) as server:
        schema = schemathesis.openapi.from_dict(description(server))
        operations = [found.ok() for found in schema.get_all_operations()]
        statuses: Counter[int] = Counter()
        faults: Counter[str] = Counter()
        examples: dict[str, str] = {}

        def ask(case) -> None:
            response = case.call(server.address, headers=KEYED, timeout=30)
            statuses[response.status_code] += 1
            for fault in faults_of(case, response):
                name = f"{case.method} {case.operation.path}: {fault}"
                faults[name] += 1
                examples.setdefault(name, f"{case.as_curl_command()[:400]}: {response.text[:200]}")

        for operation in operations:
            ask_about(operation, ask, tier.described_cases * 5 // (4 * len(operations)) + 1)
        told(
            "described",
            cases=statuses.total(),
            operations=len(operations),
            faults=len(faults),
            statuses=dict(sorted(statuses.items())),
        )
        assert not faults, "\n".join(
            f"{n} times {fault}; such as {examples[fault]}" for fault, n in sorted(faults.items())
        )
        assert statuses.total() >= tier.described_cases


def test_every_phase_of_schemathesis_finds_no_500(home, tier, told, tmp_path):
    if not tier.is_long:
        pytest.skip("the long tier runs every phase of schemathesis (--long)")
    with Server(home) as server:
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{server.address}/openapi.json",
            "--no-color",
        ]
        command += ["-H", f"X-API-Key: {KEYED['X-API-Key']}", "--seed", "1", "-n", "200"]
        command += ["--checks", "not_a_server_error", "--generation-database", "none"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1800)
        told("schemathesis", code=done.returncode, last=done.stdout.strip().splitlines()[-1:])
        assert done.returncode == 0, done.stdout[-4000:]
        assert server.is_ready()


def description(server: Server):
    with server.client() as client:
        return client.get("/openapi.json").json()


async def all_of(port: int, known: list[str], number: int):
    """Send every request as it is, then spoilt, some pipelined, some cut off in the middle."""
    turn = asyncio.Semaphore(AT_A_TIME)

    async def one(n: int):
        draw = random.Random(n)
        marker = marker_of(draw)
        donor = rendered(draw.choice(known), "donated")
        if n < len(known):
            async with turn:
                return await exchange(port, rendered(known[n], marker), marker, False, -1)
        sent = mutated(rendered(draw.choice(known), marker), donor, draw)
        kind = draw.random()
        cut = draw.randrange(len(sent) or 1) if kind < 0.1 else -1
        async with turn:
            return await exchange(port, sent, marker, kind > 0.8, cut)

    return await asyncio.gather(*(one(n) for n in range(len(known) + number)))


def ask_about(operation, ask, number: int) -> None:
    """Ask as the description allows, and as it does not."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    for mode, share in zip(modes, (number - number // 2, number // 2), strict=True):
        strategy = operation.as_strategy(generation_mode=mode)
        if mode is GenerationMode.NEGATIVE and not parameters(operation):
            strategy = operation.as_strategy()
        run = settings(
            max_examples=max(share, 1),
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )(given(strategies.lists(strategy, min_size=1, max_size=1))(lambda cases: ask(cases[0])))
        try:
            run()
        except Unsatisfiable:
            continue


def parameters(operation) -> bool:
    return any((operation.query, operation.path_parameters, operation.body))


def faults_of(case, response) -> list[str]:
    """Return what the description does not say of an answer."""
    if response.status_code == 503 and "retry-after" in response.headers:
        return []
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        return [f"{response.status_code}: {each.title}" for each in group.exceptions]
    return []
