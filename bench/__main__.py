"""`make bench`: import rate, retrieval time, understanding, the guard, and time to the first byte of a chat - one after the other."""

from __future__ import annotations

import subprocess
import sys

PARTS = [
    ("Import rate", ["bench.imports"]),
    ("Understanding", ["bench.understanding"]),
    ("Dates", ["bench.dates"]),
    ("Place suggestions", ["bench.suggest"]),
    ("Retrieval", ["bench.retrieval"]),
    ("Search with every facet", ["bench.search", "--rounds", "20"]),
    ("Guard", ["bench.guard"]),
    ("Relay of changes", ["bench.relay"]),
    ("First byte of a chat", ["bench.first_byte"]),
]


def main() -> int:
    failed = []
    for title, (module, *arguments) in PARTS:
        print(f"\n== {title} ({module})", flush=True)
        if subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode:
            failed.append(module)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
