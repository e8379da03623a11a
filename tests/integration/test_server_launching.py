"""The person's own runs, through the daemon's own parts."""

import sys

from intern_daemon.protocol.methods import LaunchRun
from intern_daemon.server.service import Service

from .kept_runs import until
from .small_workspace import make_workspace


async def test_a_score_that_was_asked_for_comes_although_the_daemon_ended(tmp_path):
    root = make_workspace(tmp_path / "ws", pause=0.05)
    service = Service(root)
    await service.start()
    run = await service.launch(LaunchRun(evaluate=True, python=sys.executable))
    await until(lambda: service.store.state.runs[run.id].state == "running")
    await service.close()

    service = Service(root)
    await service.start()
    try:
        await until(lambda: service.store.state.runs[run.id].dev)
        assert "exact_match" in service.store.state.runs[run.id].dev
    finally:
        await service.close()
