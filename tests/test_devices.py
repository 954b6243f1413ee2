"""How much memory there is, on an accelerator and on the host."""

from types import SimpleNamespace

from embexp import devices


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
