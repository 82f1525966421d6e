"""Builds the Lambda layers into .build/layers/<arch>: our own code, third-party packages, and Stytch's.

`python -m infra.build_layers` needs no Docker: uv picks the wheels of Lambda's platform. Bytecode is compiled ahead
with the interpreter version that Lambda runs and never checked against the sources, whose times a zip does not keep:
without it, or with the usual kind, a function takes twice as long to start.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PYTHON_VERSION = "3.13"
"""The version of serverless.yml's runtime."""

PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""Lambda's architectures as uv calls them; an older manylinux makes it take older packages without a word."""

IN_RUNTIME = frozenset({"boto3"})
"""What Lambda has anyway."""

SEPARATE = {"stytch": frozenset({"stytch", "aiohttp"})}
"""Layers for packages that not every deployment attaches; each gets them and what only they need."""

UNWANTED = {"email-validator": "FastAPI imports it wherever it is installed, which slows every start"}

_OURS = "shared"
_OPT = "/opt"
_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*")


class BuildFailed(Exception):
    """The layers cannot be built; the text says why."""


@dataclass(frozen=True)
class Target:
    """What the packages must run on."""

    arch: str = "arm64"
    python_version: str = PYTHON_VERSION

    @property
    def uv_options(self) -> list[str]:
        """The options that make uv choose wheels for the target, and never build one."""
        platform = PLATFORMS[self.arch]
        return [
            "--python-platform",
            platform,
            "--python-version",
            self.python_version,
            "--only-binary",
            ":all:",
        ]


def build_layers(
    root: Path,
    output: Path,
    *,
    target: Target | None = None,
    separate: Mapping[str, frozenset[str]] = SEPARATE,
) -> None:
    """Build all layers into folders below `output`; the same input gives the same bytes. Raises BuildFailed."""
    target = target or Target()
    shutil.rmtree(output, ignore_errors=True)
    interpreter = find_interpreter(target.python_version)
    _build_packages(root, output, target, separate)
    _build_ours(root, output)
    for folder in sorted(output.iterdir()):
        _finish(folder, interpreter)
    if interpreter is None:
        print(
            f"Warning: there is no Python {target.python_version} to compile bytecode with. Functions will run, but "
            f"start about twice as slowly. Install it, for example with `uv python install {target.python_version}`.",
            file=sys.stderr,
        )


def refresh_layers(root: Path = ROOT, *, target: Target | None = None) -> Path:
    """Build the layers below .build/layers; return their folder. Raises BuildFailed.

    Third-party packages are built where requirements, target or this program have changed since the last time: a
    deployment without changes uploads nothing, even when newer packages have come out.
    """
    target = target or Target()
    output = root / ".build" / "layers" / target.arch
    output.parent.mkdir(parents=True, exist_ok=True)
    stamp = output.with_suffix(".stamp")
    interpreter = find_interpreter(target.python_version)
    made_of = [(root / "requirements.txt").read_bytes(), Path(__file__).read_bytes(), repr(target).encode()]
    wanted = sha256(b"\0".join([*made_of, str(interpreter is None).encode()])).hexdigest()
    if interpreter is not None and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        shutil.rmtree(output / _OURS, ignore_errors=True)
        _build_ours(root, output)
        _finish(output / _OURS, interpreter)
        return output
    stamp.unlink(missing_ok=True)
    build_layers(root, output, target=target)
    stamp.write_text(wanted, encoding="utf-8")
    return output


def _build_ours(root: Path, output: Path) -> None:
    shutil.copytree(
        root / "layers" / _OURS / "python",
        output / _OURS / "python",
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
    )


def _build_packages(root: Path, output: Path, target: Target, separate: Mapping[str, frozenset[str]]) -> None:
    wanted = read_requirements(root / "requirements.txt")
    everything = resolve(wanted, target)
    set_aside = frozenset(name for names in separate.values() for name in names)
    common = resolve(_without(wanted, set_aside), target, among=everything)
    install(common, output / "dependencies" / "python", target)
    for layer, names in separate.items():
        others = set_aside - names
        pins = resolve(_without(wanted, others), target, among=everything)
        install([pin for pin in pins if pin not in common], output / layer / "python", target)


def _finish(folder: Path, interpreter: str | None) -> None:
    _clean(folder / "python")
    if interpreter is not None:
        compile_bytecode(folder / "python", interpreter, known_as=f"{_OPT}/python")
    _normalise_modes(folder)


def read_requirements(path: Path) -> dict[str, str]:
    """Return the requirements by package name, without what Lambda's runtime has. Raises BuildFailed."""
    requirements: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        requirement = line.partition("#")[0].strip()
        if not requirement:
            continue
        match = _REQUIREMENT.match(requirement)
        if match is None:
            raise BuildFailed(f"{path.name}: {requirement!r} is not a package")
        requirements[re.sub(r"[-_.]+", "-", match[0]).lower()] = requirement
    return _without(requirements, IN_RUNTIME)


def resolve(requirements: Mapping[str, str], target: Target, *, among: Iterable[str] = ()) -> list[str]:
    """Return the pins (`name==version`) of the packages and of all they need. Raises BuildFailed.

    With `among`, the pins of an earlier call, versions are chosen from those, and the index is not asked again.
    """
    if not requirements:
        return []
    with TemporaryDirectory() as folder:
        wanted, constraints = Path(folder, "wanted.txt"), Path(folder, "constraints.txt")
        wanted.write_text("\n".join(requirements.values()))
        constraints.write_text("\n".join(among))
        options = [
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--constraint",
            str(constraints),
            *target.uv_options,
        ]
        pins = _uv("pip", "compile", str(wanted), *options, *(["--offline"] if among else [])).splitlines()
    for name, reason in UNWANTED.items():
        if any(pin.startswith(f"{name}==") for pin in pins):
            raise BuildFailed(f"{name} does not belong into a layer: {reason}")
    return pins


def install(pins: Iterable[str], folder: Path, target: Target) -> None:
    """Put packages into a folder. Raises BuildFailed."""
    folder.mkdir(parents=True)
    pins = list(pins)
    if pins:
        _uv("pip", "install", "--quiet", "--no-deps", "--target", str(folder), *target.uv_options, *pins)


def find_interpreter(version: str) -> str | None:
    """Return a Python of a version (`3.13`), looked for in the usual places and else downloaded by uv, or None."""
    for candidate in _interpreters(version):
        if _runs(candidate, version):
            return candidate
    return None


def compile_bytecode(folder: Path, interpreter: str, *, known_as: str) -> None:
    """Compile a folder's modules to bytecode that knows them where Lambda unpacks them. Raises BuildFailed."""
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", known_as]
    # One process, and a fixed seed: what stands in bytecode must not depend on chance.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [interpreter, "-m", "compileall", *options, str(folder)]
    compiled = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if compiled.returncode:
        raise BuildFailed(f"compiling {folder.name} failed:\n{compiled.stdout}{compiled.stderr}")


def _interpreters(version: str) -> Iterator[str]:
    yield sys.executable
    yield from filter(None, [shutil.which(f"python{version}")])
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (
        str(path) for path in sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)
    )
    try:
        if not _uv_python(version):
            print(f"Getting Python {version}, to compile bytecode for Lambda …", flush=True)
            _uv("python", "install", "--quiet", version)
        yield _uv_python(version)
    except BuildFailed:
        return


def _uv_python(version: str) -> str:
    command = [sys.executable, "-m", "uv", "python", "find", "--no-project", "--no-python-downloads", version]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _runs(interpreter: str, version: str) -> bool:
    """Whether a file is a CPython of a version: a pyenv shim, for one, may be there and not run."""
    question = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([interpreter, "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == f"cpython {version}"


def _uv(*arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "uv", *arguments], capture_output=True, text=True, check=False
    )
    if result.returncode:
        advice = (
            "\nuv is not installed here: run `make setup`." if "No module named uv" in result.stderr else ""
        )
        raise BuildFailed(f"uv {' '.join(arguments[:2])} failed:\n{result.stderr.strip()}{advice}")
    return result.stdout


def _without(requirements: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: requirement for name, requirement in requirements.items() if name not in set(names)}


def _clean(folder: Path) -> None:
    """Remove what uv leaves besides packages: its lock, and commands that name this machine's interpreter."""
    (folder / ".lock").unlink(missing_ok=True)
    shutil.rmtree(folder / "bin", ignore_errors=True)


def _normalise_modes(folder: Path) -> None:
    """Let everybody read, as Lambda's user must, whatever this machine's umask is."""
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> int:
    """Build, and say what was built; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.build_layers", description="Build the Lambda layers."
    )
    parser.add_argument("--arch", choices=PLATFORMS, default="arm64", help="the functions' architecture")
    arguments = parser.parse_args()
    try:
        output = refresh_layers(target=Target(arguments.arch))
    except BuildFailed as error:
        print(f"The layers were not built: {error}", file=sys.stderr)
        return 1
    sizes = (f"{folder.name} {_megabytes(folder):.1f} MB" for folder in sorted(output.iterdir()))
    print(f"Layers for {arguments.arch}: {', '.join(sizes)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
