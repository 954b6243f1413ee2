"""Which runs of a folder of results are made again to verify it, and from which data."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embexp.errors import InputError
from embexp.records import Results
from embexp.report.arms import BASELINE
from embexp.runner.baselines import baselines_of
from embexp.runner.searched import spec_of
from embexp.spec import Spec
from embexp.tasks import Tasks, task_of

Runs = Mapping[str, Mapping[str, Any]]


class Sample(NamedTuple):
    """What is to be made again.

    Args:
        specs: runs that are trained, those among them whose step a control takes.
        baselines: the digest of each baseline, with a run on the same data.
    """

    specs: list[Spec]
    baselines: dict[str, Spec]


def drawn(found: Results, count: int, seed: int, folder: Path) -> list[str]:
    """The digests of some runs that succeeded, the same wherever a folder holds the same runs.

    Args:
        found: what the folder holds, without trials.

    Raises:
        InputError: there is no such run, none is asked for, or no generator has the seed.
    """
    if count < 1:
        raise InputError(f"--sample {count} makes no run again; give 1 or more")
    if seed < 0:
        raise InputError(f"--seed {seed} draws no runs; give 0 or more")
    ended = sorted(digest for digest, run in found.runs.items() if run["error"] is None)
    if not ended:
        damaged = f", and {found.damaged} lines or runs of it are damaged" if found.damaged else ""
        raise InputError(f"{folder} holds no run to verify{damaged}; run the experiment first")
    places = np.random.default_rng(seed).choice(len(ended), min(count, len(ended)), replace=False)
    return [ended[place] for place in places]


def sample(digests: Sequence[str], runs: Runs) -> Sample:
    """What is to be made again for some runs of a folder.

    Args:
        runs: the lines of the folder, without trials.

    Raises:
        InputError: a run is of a regime or an encoder that is not known, or of a version that
            counts other fields.
    """
    fitted = [digest for digest in digests if _is_baseline(runs[digest])]
    specs = [_spec(runs[digest]) for digest in digests if digest not in fitted]
    specs += [partner for spec in specs if (partner := spec.partner)]
    return Sample([*{spec.digest: spec for spec in specs}.values()], _arms_of(fitted, runs))


def _is_baseline(run: Mapping[str, Any]) -> bool:
    return run["spec"]["regime"].startswith(BASELINE)


def _spec(run: Mapping[str, Any]) -> Spec:
    """The spec of a run's line, which is to have the line's digest."""
    spec = spec_of(run)
    if spec.digest != run["digest"]:
        raise InputError(
            f"the run {run['digest']} has the digest {spec.digest} here; verify it with the "
            "version of embexp that made it"
        )
    return spec


def _arms_of(baselines: Iterable[str], runs: Runs) -> dict[str, Spec]:
    """For each baseline, by its digest, a run that is trained on its data."""
    wanted = {*baselines}
    if not wanted:
        return {}
    specs = [_spec(run) for run in runs.values() if not _is_baseline(run)]
    found = {each.digest: each.of for each in baselines_of(specs) if each.digest in wanted}
    if lacking := wanted - found.keys():
        raise InputError(f"no run has the data of the baseline {lacking.pop()}; verify its arm")
    return found


def check_data(sampled: Sample, runs: Runs, folder: Path, tasks: Tasks) -> None:
    """Makes the data of all runs ready, and refuses what is not what they were made from.

    Args:
        runs: the lines of the folder.
        tasks: the data are added to it.

    Raises:
        InputError: data are not at hand, or others.
    """
    of = {spec.digest: spec for spec in sampled.specs} | sampled.baselines
    for digest, spec in of.items():
        made_from = runs[digest]["data"] if digest in runs else {}
        for name, checksum in task_of(spec, tasks).checksums.items():
            if made_from.get(name, checksum) != checksum:
                raise InputError(
                    f"{name} {getattr(spec, name)!r} has changed since {folder} was made from it, "
                    "so its runs cannot be made again"
                )
