"""How much memory there is, on an accelerator and on the host."""

import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from embexp import devices

OWN_GROUP = """
import sys
import embexp
from embexp.runner import Training, make_group
from embexp.tasks import prepare_task

vectors = dict(vectors=sys.argv[1]) if sys.argv[1:] else dict(vectors=None, dim=4)
settings = dict(corpus="world:words=200,texts=300", regime="random", **vectors)
specs = embexp.grid(**settings, encoder="mean", seed=[0, 1], lexicon=None, similarity=[()])
print(Training(make_group(specs, prepare_task(specs[0]))).mesh.size)
"""


@pytest.mark.slow
@pytest.mark.parametrize("vectors", [[], ["trained:skipgram,dim=4,epochs=1"]])
def test_a_group_made_without_a_plan_is_spread_over_every_core(vectors):
    """Also where its data are vectors that are trained first."""
    command = [sys.executable, "-c", OWN_GROUP, *vectors]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == min(2, devices.cores())


def test_free_memory_is_the_accelerator_s_where_it_tells(monkeypatch):
    stats = {"bytes_limit": 1000, "bytes_in_use": 300}
    gpu = SimpleNamespace(platform="gpu", memory_stats=lambda: stats)
    monkeypatch.setattr(devices, "prepare", lambda: [gpu])
    assert devices.free_memory() == 700
    silent = SimpleNamespace(platform="gpu", memory_stats=lambda: None)
    monkeypatch.setattr(devices, "prepare", lambda: [silent])
    host = devices.free_memory()
    monkeypatch.setattr(devices, "prepare", lambda: [SimpleNamespace(platform="cpu")])
    assert abs(host - devices.free_memory()) < 4 << 30  # other programs come and go meanwhile
    assert host > 1 << 20


def test_the_description_tells_what_decides_the_last_bit(monkeypatch):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    plain = devices.describe()
    count, name, system = plain.split(", ")
    assert count.endswith(" × cpu")
    assert name == devices.processor() != ""
    assert system == f"{platform.system()} {platform.machine()}"
    monkeypatch.setenv("XLA_FLAGS", "--xla_of_some_kind=1")
    assert devices.describe() == f"{plain}, XLA_FLAGS=--xla_of_some_kind=1"
    gpu = SimpleNamespace(platform="gpu", device_kind="NVIDIA H100")
    monkeypatch.setattr(devices, "prepare", lambda: [gpu])
    assert devices.describe() == "1 × NVIDIA H100, XLA_FLAGS=--xla_of_some_kind=1"


def test_a_processor_has_its_family_and_model_where_linux_tells_them(monkeypatch):
    told = (
        "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n\nmodel\t\t: 9\n"
    )
    monkeypatch.setattr(Path, "read_text", lambda *_: told)
    assert devices.processor.__wrapped__() == "AMD EPYC 25/1"
    monkeypatch.setattr(Path, "read_text", lambda *_: "Features: fp asimd\n")
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert devices.processor.__wrapped__() == platform.machine()
