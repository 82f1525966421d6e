"""Small services in a folder of their own, for tests of the local gateway."""

from pathlib import Path
from textwrap import dedent


def write_service(folder: Path, template: str, **handlers: str) -> Path:
    """Write a serverless.yml and functions/<name>.py for each handler; return the path of the former.

    A handler in a folder is given as `**{"folder/name": source}`.
    """
    path = folder / "serverless.yml"
    path.write_text(dedent(template), encoding="utf-8")
    for name, source in handlers.items():
        write_handler(folder, name, source)
    return path


def write_handler(folder: Path, name: str, source: str) -> None:
    """Write functions/<name>.py."""
    path = folder / "functions" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(source), encoding="utf-8")
