"""The benchmarks run, and what docs/deploy.md repeats of them is still so."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COUNTED = re.compile(r"^\| (?P<flow>[^|]+) \| (?P<requests>\d+) M \| (?P<round_trips>\d+) M \|", re.MULTILINE)


def test_costs_are_counted_as_the_guide_says(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.costs", "--runs", "1"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'costs.db'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    counted = COUNTED.findall(finished.stdout)
    assert len(counted) == 5
    assert COUNTED.findall((ROOT / "docs" / "deploy.md").read_text("utf-8")) == counted
