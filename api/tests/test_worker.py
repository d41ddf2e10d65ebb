from __future__ import annotations

from unittest.mock import Mock

import pytest
from django.db import DataError, InterfaceError, OperationalError

from api.management.commands import worker


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> worker.Command:
    monkeypatch.setattr(worker, "close_old_connections", Mock())
    made = worker.Command()
    made._tasks = {name: Mock() for name in made._tasks}
    return made


@pytest.mark.parametrize("failure", [TypeError("a bad row"), DataError("overflow")])
def test_a_task_that_breaks_stops_no_other_and_rests(command: worker.Command, failure: Exception) -> None:
    assert len(command._tasks) == 7
    for broken in command._tasks.values():
        broken.side_effect = failure
        assert command._look() == worker.LOOK_S
        broken.side_effect = None
    first, *_, last = command._tasks.values()
    assert (first.call_count, last.call_count) == (1, 7)
    command._rests_until = dict.fromkeys(command._tasks, 0.0)
    command._look()
    assert (first.call_count, last.call_count) == (2, 8)


@pytest.mark.parametrize("failure", [OperationalError("the connection is lost"), InterfaceError("closed")])
def test_a_lost_database_is_asked_again_soon(command: worker.Command, failure: Exception) -> None:
    first, *_, last = command._tasks.values()
    first.side_effect = failure
    assert command._look() == worker.TROUBLE_S
    first.side_effect = None
    assert command._look() == worker.LOOK_S
    assert (first.call_count, last.call_count) == (2, 2)
