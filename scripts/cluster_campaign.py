"""Kills workers, a node and the head of a Ray cluster during a sweep, and compares the rows.

    python scripts/cluster_campaign.py --seed 0
    python scripts/cluster_campaign.py --parts overhead --epochs 600

The cluster is one of three nodes on this machine, each of several processes of its own, and
the sweep one of 60 runs in a synthetic world, made by `embexp run`. Counts go to
`results/reliability/cluster.json`, in the form of the other parts of that report.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import psutil
from ray.cluster_utils import Cluster  # pyright: ignore[reportMissingImports]

from embexp import records

OUT = Path(__file__).parents[1] / "results" / "reliability" / "cluster.json"
NODES, RUNS, KILLS = 3, 60, 10
PAUSES = 4.0, 14.0
"""Seconds between two kills."""
EXPERIMENT = '''"""Does it survive a cluster?"""
from embexp import grid


def specs(seeds={seeds}):
    return grid(
        corpus="world:words=300,topics=4,texts=1500,length=20",
        regime=["random", "random-labels"],
        encoder="mean",
        vectors=None,
        dim=32,
        seed=range(seeds),
        epochs={epochs},
        batch_size=16,
        buckets=2,
        lexicon=None,
        tracked_pairs=(),
    )
'''


@contextmanager
def cluster(nodes: int, cores: int = 1) -> Iterator[Any]:
    """A cluster of some nodes on this machine, the first of which is the head."""
    given = {"num_cpus": cores, "memory": 3 << 30, "object_store_memory": 200 << 20}
    made: Any = Cluster(
        initialize_head=True, head_node_args={**given, "include_dashboard": False}, connect=False
    )
    try:
        for _ in range(nodes - 1):
            made.add_node(**given)
        yield made
    finally:
        made.shutdown()


def command(folder: Path, *more: str) -> subprocess.Popen[str]:
    """The sweep, begun; its results go to a folder."""
    words = ["run", str(folder.parent / "small.py"), "--results", str(folder), *more]
    return subprocess.Popen(
        [sys.executable, "-m", "embexp", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(sweep: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code of a sweep, and its last line."""
    said = (sweep.communicate()[1] or "").strip().splitlines()
    return sweep.returncode, said[-1] if said else ""


def numbers(folder: Path) -> list[str]:
    """The rows of a folder without the ids of attempts, and the logits."""
    rows = records.read_rows(folder)
    found = [{key: value for key, value in row.items() if key != "run"} for row in rows]
    logits = [path.name + path.read_bytes().hex() for path in folder.glob("logits/*.npy")]
    return sorted([*(json.dumps(row, sort_keys=True) for row in found), *logits])


def workers(made: Any) -> list[psutil.Process]:
    """The processes of a cluster that train a group now."""
    found = []
    for node in made.list_all_nodes():
        for each in node.all_processes.get("raylet", ()):
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(each.process.pid).children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        if "".join(child.cmdline()).startswith("ray::embexp"):
                            found.append(child)
    return found


def disturbed(folder: Path, seed: int) -> dict[str, Any]:
    """A sweep during which workers are killed, and a node."""
    draw, killed = random.Random(seed), 0  # noqa: S311 - moments of kills
    with cluster(NODES) as made:
        sweep = command(folder, "--executor", "ray", "--address", made.address)
        node_at = draw.randrange(2, KILLS - 1)
        while killed < KILLS and sweep.poll() is None:
            time.sleep(draw.uniform(*PAUSES))
            if there := workers(made):
                draw.choice(there).kill()
                killed += 1
                if killed == node_at:
                    lost = draw.choice(made.list_all_nodes()[1:])
                    made.remove_node(lost, allow_graceful=False)
        code, said = ended(sweep)
    return {"code": code, "said": said, "killed": killed, "nodes": int(killed >= node_at)}


def headless(folder: Path, seed: int) -> dict[str, Any]:
    """A sweep whose head is killed, and the same command with another cluster."""
    draw = random.Random(seed)  # noqa: S311 - moments of kills
    with cluster(NODES) as made:
        sweep = command(folder, "--executor", "ray", "--address", made.address)
        wanted = draw.randrange(5, RUNS - 10)
        while len(records.ended_well(folder / "small")) < wanted and sweep.poll() is None:
            time.sleep(0.5)
        made.head_node.kill_all_processes(check_alive=False)
        begin, address = time.monotonic(), made.address
        code, said = ended(sweep)
        seconds = time.monotonic() - begin
    lines = (folder / "small" / records.RUNS).read_bytes()
    with cluster(NODES) as made:
        again, _ = ended(command(folder, "--executor", "ray", "--address", made.address))
    stands = (folder / "small" / records.RUNS).read_bytes().startswith(lines)
    return {
        "code": code,
        "said": said.replace(address, "HOST:PORT"),
        "again": again,
        "seconds": round(seconds),
        "finished": len(lines.splitlines()),
        "stands": stands,
    }


def overhead(folder: Path, repeats: int) -> dict[str, Any]:
    """Seconds of the same sweep here and on a cluster of one node, in turn."""
    found: dict[str, list[float]] = {"local": [], "ray": []}
    cores = len(os.sched_getaffinity(0))
    for number in range(repeats):
        for name in ("local", "ray") if number % 2 == 0 else ("ray", "local"):
            with cluster(1, cores) as made:
                more = ("--executor", "ray", "--address", made.address) if name == "ray" else ()
                begin = time.monotonic()
                code, said = ended(command(folder / f"{name}{number}", *more))
                found[name].append(round(time.monotonic() - begin, 1))
                if code:
                    raise SystemExit(said)
    return found


def tally(part: str, promise: str, broken: list[str], held: str) -> dict[str, Any]:
    """One case of a part, as the report counts them."""
    return {
        "part": f"cluster, {part}",
        "promise": promise,
        "held": {} if broken else {held: 1},
        "broken": dict.fromkeys(broken, 1),
        "skipped": [],
    }


def promised(parts: list[str], folder: Path, seed: int) -> Iterator[dict[str, Any]]:
    """What was promised of the sweeps that are killed, and what became of it."""
    if not {"kills", "head"} & {*parts}:
        return
    code, said = ended(command(folder / "local"))
    if code:
        raise SystemExit(said)
    whole = numbers(folder / "local" / "small")
    promise = "rows and logits are those of an undisturbed local sweep"
    if "kills" in parts:
        seen = disturbed(folder / "kills", seed)
        print(seen)
        equal = numbers(folder / "kills" / "small") == whole
        broken = [f"exit code {seen['code']}"] if seen["code"] else []
        broken += [] if equal else ["other rows"]
        broken += [] if (seen["killed"], seen["nodes"]) == (KILLS, 1) else ["too few kills"]
        what = f"{KILLS} workers and a node of {NODES} killed during {RUNS} runs"
        yield tally(what, promise, broken, "ended with equal results")
    if "head" in parts:
        seen = headless(folder / "head", seed)
        print(seen)
        equal = numbers(folder / "head" / "small") == whole
        broken = [] if seen["code"] == 2 else [f"exit code {seen['code']}: {seen['said']}"]
        broken += [] if seen["stands"] and not seen["again"] else ["finished runs were lost"]
        broken += [] if equal else ["other rows"]
        held = f"one sentence with {seen['finished']} runs finished, then equal results"
        yield tally("the head killed", promise, broken, held)


def counted(path: Path) -> dict[str, Any]:
    """What was counted before, if anything was."""
    if path.exists():
        return json.loads(path.read_text())
    return {"runs": [], "tallies": []}


def main() -> None:
    """Runs the parts; exit code 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--parts", nargs="+", default=["kills", "head"])
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    before, broken = counted(given.out), False
    before["runs"].append(" ".join(["cluster_campaign.py", *sys.argv[1:]]))
    with tempfile.TemporaryDirectory() as name:
        text = EXPERIMENT.format(seeds=given.runs // 2, epochs=given.epochs)
        Path(name, "small.py").write_text(text, encoding="utf-8")
        if "overhead" in given.parts:
            seconds = overhead(Path(name), given.repeats)
            before["overhead"] = {"seconds": seconds, "runs": given.runs, "epochs": given.epochs}
            write(before, given.out)
        for one in promised(given.parts, Path(name), given.seed):
            others = [each for each in before["tallies"] if each["part"] != one["part"]]
            before["tallies"] = [*others, one]
            write(before, given.out)
            broken |= bool(one["broken"])
    sys.exit(broken)


def write(found: dict[str, Any], path: Path) -> None:
    """Writes what was counted so far."""
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
