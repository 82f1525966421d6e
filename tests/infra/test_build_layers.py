"""infra.build_layers: what goes into the layers, and that it is the same each time."""

import marshal
import sys
from hashlib import sha256
from pathlib import Path
from types import CodeType

import pytest

from infra.build_layers import (
    PLATFORMS,
    PYTHON_VERSION,
    ROOT,
    BuildFailed,
    Target,
    build_layers,
    find_interpreter,
    read_requirements,
    resolve,
)
from infra.local.template import Template

THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
HERE = Target("arm64", THIS_PYTHON)
"""Bytecode is compiled by the Python that runs the tests, so that no other is needed."""

SEPARATE = {"extra": frozenset({"typing-inspection"})}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project with a module of its own and small requirements; typing-inspection needs typing-extensions."""
    root = tmp_path_factory.mktemp("project")
    package = root / "layers" / "shared" / "python" / "ours"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text("VALUE = 1\n", encoding="utf-8")
    (package / "__init__.py").chmod(0o600)
    (package / "letter.txt").write_text("Hello\n", encoding="utf-8")
    (package / "__pycache__" / "__init__.cpython-39.pyc").write_bytes(b"old")
    requirements = (
        "# comment\nboto3>=1\n\ntyping-inspection>=0.4  # for extra\nannotated-types\ntyping_extensions\n"
    )
    (root / "requirements.txt").write_text(requirements, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    """Build the project's layers."""
    output = project / "built"
    build_layers(project, output, target=HERE, separate=SEPARATE)
    return output


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def packages(folder: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in (folder / "python").glob("*.dist-info")}


def test_two_builds_give_the_same_bytes_whatever_was_there_before(project: Path, built: Path) -> None:
    again = project / "again"
    (again / "dependencies" / "python").mkdir(parents=True)
    (again / "dependencies" / "python" / "stale.py").touch()
    build_layers(project, again, target=HERE, separate=SEPARATE)
    assert digests(again) == digests(built)


def test_layers_hold_what_they_should(built: Path) -> None:
    assert {path.name for path in built.iterdir()} == {"shared", "dependencies", "extra"}
    assert packages(built / "dependencies") == {"annotated_types", "typing_extensions"}
    assert packages(built / "extra") == {"typing_inspection"}
    assert set(digests(built / "shared")) == {
        "python/ours/__init__.py",
        "python/ours/letter.txt",
        f"python/ours/__pycache__/__init__.{sys.implementation.cache_tag}.pyc",
    }
    assert [path for path in built.rglob("*") if path.name in {".lock", "bin"}] == []


def test_bytecode_is_never_checked_and_knows_its_place_on_lambda(built: Path) -> None:
    compiled = sorted(built.rglob("*.pyc"))
    assert len(compiled) == len(list(built.rglob("*.py"))) > 5
    for path in compiled:
        content = path.read_bytes()
        assert int.from_bytes(content[4:8], "little") == 0b01, "the flags of PEP 552: hash-based, unchecked"
        code = marshal.loads(content[16:])  # noqa: S302 (just compiled here)
        assert isinstance(code, CodeType)
        assert code.co_filename.startswith("/opt/python/")


def test_everybody_may_read_a_layer(built: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in built.rglob("*") if path.is_file()} == {0o644}


@pytest.mark.parametrize("arch", PLATFORMS)
def test_no_older_version_is_taken_for_want_of_a_newer_wheel(arch: str) -> None:
    # psycopg-binary 3.3 has wheels for manylinux_2_28 only; asked for 2014, installers silently go back to 3.2.
    (pin,) = resolve({"psycopg-binary": "psycopg-binary"}, Target(arch))
    assert [int(part) for part in pin.partition("==")[2].split(".")] >= [3, 3, 9]


@pytest.mark.parametrize("arch", PLATFORMS)
def test_all_that_functions_need_has_wheels_for_lambda(arch: str) -> None:
    pins = resolve(read_requirements(ROOT / "requirements.txt"), Target(arch))
    names = {pin.partition("==")[0] for pin in pins}
    assert {"bcrypt", "argon2-cffi-bindings", "phonenumberslite", "psycopg-binary"} <= names
    assert "boto3" not in names


def test_a_package_that_slows_the_start_is_refused() -> None:
    with pytest.raises(BuildFailed, match="email-validator does not belong into a layer"):
        resolve({"email-validator": "email-validator"}, HERE)


def test_a_version_that_does_not_exist_is_named() -> None:
    with pytest.raises(BuildFailed, match="annotated-types>=9999"):
        resolve({"annotated-types": "annotated-types>=9999"}, HERE)


@pytest.mark.parametrize("line", ["-r other.txt", "--index-url x", "./folder"])
def test_only_packages_are_requirements(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(BuildFailed, match="is not a package"):
        read_requirements(path)


def test_requirements_are_read_without_what_lambda_has(project: Path) -> None:
    requirements = read_requirements(project / "requirements.txt")
    assert requirements == {
        "typing-inspection": "typing-inspection>=0.4",
        "annotated-types": "annotated-types",
        "typing-extensions": "typing_extensions",
    }


def test_an_interpreter_of_the_right_version_or_none_is_found() -> None:
    assert find_interpreter(THIS_PYTHON) == sys.executable
    assert find_interpreter("3.1") is None


def test_the_version_is_that_of_the_functions() -> None:
    template = Template(ROOT / "serverless.yml", stage="dev", environ={})
    assert template.value("provider.runtime") == f"python{PYTHON_VERSION}"
