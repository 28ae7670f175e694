"""A page and a filter of 10,000 runs, whose results are large, and the items of a large run. Run by `npm run bench`."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from lbs.store import Filter, Run, RunStore, SortKey, open_database

RUNS = 10_000
RESULT_BYTES = 20_000
ITEMS = 14_000
LIMIT_MS = 50.0
ROUNDS = 5


def fill(store: RunStore) -> None:
    chance = random.Random(1)
    text = "x" * RESULT_BYTES
    for first in range(0, RUNS, 1_000):
        store.save(*(run(chance, number, text) for number in range(first, first + 1_000)))
    for number in range(0, RUNS, 7):
        store.records.annotate(f"run-{number}", f"note {number}", ["night", f"batch {number % 5}"])
    items = {("run-1", f"k{number}"): {"score": number % 2, "output": text[:500]} for number in range(ITEMS)}
    store.items.add(items)


def run(chance: random.Random, number: int, text: str) -> Run:
    result = {
        "score": chance.random(),
        "overall_statistics": {"stderr": 0.01},
        "performance": {"decode_tokens_per_second": 100 * chance.random()},
        "predicted_peak": chance.randrange(1 << 35),
        "peak_memory": {"0": chance.randrange(1 << 35)},
        "settings": {"LBS_GPU_MEMORY_LIMIT": chance.choice([0.5, 0.8, 0.9])},
        "dtype": chance.choice(["bfloat16", "float16"]),
        "text": text,
    }
    status: Any = chance.choice(["completed", "completed", "completed", "failed"])
    model, dataset = f"/models/org/model-{number % 40}", f"C-Eval/subject_{number % 52}"
    started = float(number)
    return Run(
        f"run-{number}",
        dataset,
        model,
        {},
        status=status,
        created_at=started,
        start_time=started,
        end_time=started + 60 * chance.random(),
        result=result if status == "completed" else None,
    )


def median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(1_000 * (time.perf_counter() - started))
    return statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(open_database(Path(folder, "r.db")))
        fill(store)
        records = store.records
        filters = {
            "everything": Filter(),
            "search": Filter(search="MODEL-7 night"),
            "tags": Filter(tags=["batch 3"]),
            "models and states": Filter(models=[f"/models/org/model-{n}" for n in range(20)], states=["failed"]),
            "limits and since": Filter(limits=["0.8"], since=5_000.0),
        }
        found: dict[str, float] = {}
        for name, wanted in filters.items():
            found[f"page of 100, {name}"] = median_ms(lambda one=wanted: records.page(one, limit=100))  # type: ignore[misc]
        for by in get_args(SortKey):
            found[f"by {by}"] = median_ms(lambda key=by: records.page(Filter(), by=key, limit=100))  # type: ignore[misc]
        found["last page of 500"] = median_ms(lambda: records.page(Filter(), offset=9_000, limit=500))
        found["facets"] = median_ms(records.facets)
        found["items from 7,000"] = median_ms(lambda: store.items.slice("run-1", 7_000, 100))
        found["failed items from 5,000"] = median_ms(lambda: store.items.slice("run-1", 5_000, 100, failed=True))
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) >> 20
        store.close()
    print(json.dumps({name: round(value, 1) for name, value in found.items()}, indent=2))
    worst = max(found, key=lambda name: found[name])
    print(f"{RUNS:,} runs in {size} MiB; slowest: {worst}, {found[worst]:.1f} ms of at most {LIMIT_MS:.0f} ms")
    if found[worst] > LIMIT_MS:
        raise SystemExit(f"{worst} takes longer than {LIMIT_MS:.0f} ms")


if __name__ == "__main__":
    main()
