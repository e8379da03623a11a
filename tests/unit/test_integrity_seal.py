"""The sealed test is looked at once."""

import threading

import pytest
from intern_daemon.errors import SealBroken
from intern_daemon.integrity import close_seal, open_seal, seal_results


@pytest.fixture
def marker(tmp_path):
    return tmp_path / "sessions" / "s1" / "test-opened.json"


def test_a_second_look_is_refused(marker):
    open_seal(marker, ["r1", "r2"])
    with pytest.raises(SealBroken, match="opened before, for the final report"):
        open_seal(marker, ["r1", "r3"])
    with pytest.raises(SealBroken):
        open_seal(marker, ["r1", "r2"], purpose="curiosity")


def test_a_crashed_look_goes_on(marker):
    open_seal(marker, ["r1", "r2"])
    open_seal(marker, ["r2", "r1"])
    assert seal_results(marker) is None


def test_a_finished_look_can_not_be_repeated(marker):
    open_seal(marker, ["r1"])
    close_seal(marker, {"r1": 0.5})
    close_seal(marker, {"r1": 0.5})
    assert seal_results(marker) == {"r1": 0.5}
    with pytest.raises(SealBroken):
        open_seal(marker, ["r1"])
    with pytest.raises(SealBroken, match="closed before with other results"):
        close_seal(marker, {"r1": 0.9})


def test_results_without_a_look_are_refused(marker):
    with pytest.raises(SealBroken, match="never opened"):
        close_seal(marker, {"r1": 0.5})


def test_a_damaged_marker_counts_as_opened(marker):
    open_seal(marker, ["r1"])
    marker.write_text("{")
    with pytest.raises(SealBroken, match="unknown purpose"):
        open_seal(marker, ["r1"])


def test_of_many_at_once_one_opens_it(marker):
    barrier = threading.Barrier(8)
    opened = []

    def look(number):
        barrier.wait()
        try:
            open_seal(marker, [f"r{number}"])
        except SealBroken:
            return
        opened.append(number)

    threads = [threading.Thread(target=look, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert [path.name for path in marker.parent.iterdir()] == [marker.name]
