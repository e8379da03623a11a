import logging
import re
import subprocess
import sys

SCRIPT = """
import logging, sys
from pathlib import Path
from intern_daemon.server.daemon_log import write_log
write_log(Path(sys.argv[1]), show=False)
log = logging.getLogger("intern_daemon.somewhere")
log.info("version %s", 1)
try:
    raise ValueError("token hf_" + "a" * 34)
except ValueError:
    log.exception("it failed")
raise RuntimeError("nobody caught this")
"""


def test_a_line_has_time_level_and_place_and_a_traceback_no_secret(tmp_path):
    path = tmp_path / "daemon.log"
    subprocess.run([sys.executable, "-c", SCRIPT, path], env={"TZ": "Asia/Tokyo"}, check=False)
    first, second, *trace = path.read_text().splitlines()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{stamp} INFO     intern_daemon\.somewhere: version 1", first)
    assert re.fullmatch(rf"{stamp} ERROR    intern_daemon\.somewhere: it failed", second)
    assert trace[0] == "Traceback (most recent call last):"
    assert "a" * 34 not in path.read_text()
    assert any("CRITICAL" in line and "uncaught" in line for line in trace)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_tells_utc():
    from intern_daemon.server.daemon_log import _Line

    record = logging.LogRecord("n", logging.INFO, "f", 1, "words", None, None)
    record.created, record.msecs = 0.0, 0.0
    assert _Line().format(record) == "1970-01-01T00:00:00.000Z INFO     n: words"
