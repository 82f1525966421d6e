"""Where programs are looked for, and what is said when they are not there."""

from pathlib import Path

import pytest

from infra.setup import programs
from infra.setup.programs import Program

SERVER = Program("Example server", ("exampled", "old-exampled"), ("example-core", "example-data"), "example")


def install(folder: Path, name: str) -> Path:
    """Put an executable into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `on-path` the only folder of PATH, and `versions/*/bin` the only usual folders."""
    monkeypatch.setenv("PATH", str(tmp_path / "on-path"))
    monkeypatch.setattr(programs, "USUAL_FOLDERS", (f"{tmp_path}/versions/*/bin"[1:],))
    return tmp_path


def test_a_program_on_path_comes_first(folders: Path) -> None:
    install(folders / "versions/17/bin", "exampled")
    on_path = install(folders / "on-path", "old-exampled")
    assert SERVER.find() == on_path


def test_the_newest_of_the_usual_folders_is_taken(folders: Path) -> None:
    newest, *_ = [install(folders / f"versions/{version}/bin", "exampled") for version in ("15", "9.6", "14")]
    assert SERVER.find() == newest


def test_an_older_name_is_better_than_nothing(folders: Path) -> None:
    assert SERVER.find() is None
    old = install(folders / "versions/9/bin", "old-exampled")
    assert SERVER.find() == old


def test_the_advice_names_the_packages() -> None:
    assert "apt-get install example-core example-data; macOS: brew install example" in SERVER.advice
