"""Builds what each function uploads into .build/functions: its module or folder, with bytecode, as a zip.

The command line could pack them itself, but looks through the whole project for each function to do it, and packs no
bytecode that Lambda would take. The same sources give the same bytes here, as for the layers.
"""

import shutil
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.build_layers import PYTHON_VERSION, ROOT, BuildFailed, compile_bytecode, find_interpreter

BESIDES = {"pages": ("web",)}
"""Folders that functions serve files of."""

_TASK = "/var/task"
_SOURCE = "functions"
_AGE = (1980, 1, 1, 0, 0, 0)
"""A zip knows no earlier time, and any later one would differ between two builds."""


def build_functions(root: Path = ROOT) -> Path:
    """Build the zips of all functions; return their folder. Raises BuildFailed."""
    output = root / ".build" / "functions"
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    with TemporaryDirectory() as folder:
        staging = Path(folder)
        shutil.copytree(
            root / _SOURCE, staging / _SOURCE, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
        interpreter = find_interpreter(PYTHON_VERSION)
        if interpreter is not None:
            compile_bytecode(staging / _SOURCE, interpreter, known_as=f"{_TASK}/{_SOURCE}")
        for name in sorted(function_names(root)):
            files = [(path, path.relative_to(staging)) for path in _modules(staging / _SOURCE, name)]
            for beside in BESIDES.get(name, ()):
                files += [(path, path.relative_to(root)) for path in _files(root / beside)]
            _pack(output / f"{name}.zip", files)
    return output


def function_names(root: Path = ROOT) -> list[str]:
    """Return the names of the functions: each is a module below functions/, or a folder with a handler."""
    folder = root / _SOURCE
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    return modules + [path.parent.name for path in folder.glob("*/handler.py")]


def _modules(folder: Path, name: str) -> list[Path]:
    if (folder / name).is_dir():
        return _files(folder / name)
    return [folder / f"{name}.py", *(folder / "__pycache__").glob(f"{name}.cpython-*.pyc")]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".DS_Store"]


def _pack(path: Path, files: list[tuple[Path, Path]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for source, name in sorted(files, key=lambda item: str(item[1])):
            entry = zipfile.ZipInfo(str(name), _AGE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read_bytes())


def main() -> int:
    """Build; return the exit status."""
    try:
        build_functions()
    except BuildFailed as error:
        print(f"The functions were not built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
