"""Who may import whom, as a test; `make lint` runs the same contracts."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PURE_CORE = [
    "api/rag/types.py",
    "api/rag/params.py",
    "api/rag/errors.py",
    "api/rag/tracing.py",
    "api/rag/geo.py",
    "api/rag/scoring.py",
    "api/rag/tiering.py",
    "api/rag/relax.py",
    "api/rag/why.py",
    "api/rag/explain_words.py",
    "api/rag/facts.py",
    "api/rag/candidate_counts.py",
    "api/rag/candidate_sql.py",
    "api/rag/ann_sql.py",
    "api/rag/sameness.py",
    *(str(p.relative_to(ROOT)) for p in (ROOT / "api/rag/query").rglob("*.py")),
    *(str(p.relative_to(ROOT)) for p in (ROOT / "api/rag/guard").rglob("*.py")),
    *(str(p.relative_to(ROOT)) for p in (ROOT / "api/rag/prompt").rglob("*.py")),
    "api/rag/llm/composer.py",
    "locations/normalize.py",
    "locations/geo.py",
]
ONLY_IN = {
    "fastapi": ("chat_service/", "embedding_service/"),
    "starlette": ("chat_service/", "embedding_service/"),
    "rest_framework": ("api/v1/",),
    "asgiref": (),
}
BROAD_EXCEPTS = {
    "chat_service/turn.py": 3,  # a turn, its end, its record
    "traces/live.py": 2,  # the same of a debug run
    "traces/batch_run.py": 1,
    "api/rag/tracing.py": 2,  # raises again
    "api/management/commands/worker.py": 1,
    "events/relay.py": 2,
}


def imported(path: Path) -> set[str]:
    """Top-level packages a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def sources() -> list[Path]:
    skipped = {".venv", ".data", "tests", "migrations", "bench", "node_modules"}
    return [p for p in ROOT.rglob("*.py") if not skipped & set(p.relative_to(ROOT).parts)]


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_pure_core_knows_no_django_and_no_network() -> None:
    offenders = {p: imported(ROOT / p) & {"django", "httpx", "psycopg", "requests", "fastapi"} for p in PURE_CORE}
    assert {p: names for p, names in offenders.items() if names} == {}


def test_frameworks_stay_in_their_rooms() -> None:
    offenders = []
    for path in sources():
        name = str(path.relative_to(ROOT))
        for package in imported(path) & ONLY_IN.keys():
            if not name.startswith(ONLY_IN[package]):
                offenders.append(f"{name} imports {package}")
    assert offenders == []


def test_a_broad_except_stands_only_where_what_breaks_one_may_stop_no_other() -> None:
    broad = ("Exception", "BaseException")
    found: Counter[str] = Counter()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in broad):
                found[str(path.relative_to(ROOT))] += 1
    assert found == BROAD_EXCEPTS


def test_the_sidecar_uses_no_async_orm() -> None:
    """Outside Django's own handler every async query of the process runs on one thread."""
    offenders = []
    for path in (ROOT / "chat_service").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {
                "aget",
                "acreate",
                "afirst",
                "acount",
                "asave",
                "aexists",
            }:
                offenders.append(f"{path.name}:{node.lineno} {node.attr}")
    assert offenders == []
