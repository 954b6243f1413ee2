"""How much memory there is decides how many cells train together."""

from types import SimpleNamespace

from embexp.sweep import plan


def test_free_memory_is_the_accelerator_s_where_cells_lie_there(monkeypatch):
    stats = {"bytes_limit": 1000, "bytes_in_use": 300}
    gpu = SimpleNamespace(platform="gpu", memory_stats=lambda: stats)
    monkeypatch.setattr(plan, "prepare", lambda: [gpu])
    assert plan.free_memory() == 700
    silent = SimpleNamespace(platform="gpu", memory_stats=lambda: None)
    monkeypatch.setattr(plan, "prepare", lambda: [silent])
    host = plan.free_memory()
    monkeypatch.setattr(plan, "prepare", lambda: [SimpleNamespace(platform="cpu")])
    assert abs(host - plan.free_memory()) < 1 << 30
    assert host > 1 << 20
