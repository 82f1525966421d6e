"""The environment variables that functions see locally."""

from collections.abc import Mapping
from pathlib import Path

from infra.local.service import Function, Service
from infra.local.template import TemplateInvalid

STAGE = "local"
DATA_FOLDER = ".gatehouse"
_DATABASE_FAMILIES = ("MYSQL_", "POSTGRESQL_")


def local_values(environ: Mapping[str, str], root: Path, host: str, port: int) -> dict[str, str]:
    """Return the values that win over serverless.yml: those of the developer, and what depends on this machine."""
    shown_host = f"[{host}]" if ":" in host else host
    return {
        "API_URL": f"http://{shown_host}:{port}",
        "MAILBOX_FILE": str(root / DATA_FOLDER / "mailbox.jsonl"),
        **environ,
        "PORT": str(port),
    }


def function_environment(function: Function, values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a function whose process is its own."""
    return {**_declared(function, values), **values}


def shared_environment(service: Service, values: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that runs all functions. Raises TemplateInvalid if two disagree."""
    environment: dict[str, str] = {}
    for function in service.functions.values():
        for name, value in function_environment(function, values).items():
            if environment.setdefault(name, value) != value:
                raise TemplateInvalid(
                    f"function {function.name} wants {name}={value}, another one {environment[name]}; "
                    "functions with different values for one variable need --runtime awslambdaric"
                )
    return environment


def allowed_origins(values: Mapping[str, str]) -> list[str] | None:
    """Return the developer's ALLOWED_ORIGINS, which replace serverless.yml's for CORS too; None without any.

    WEBSITE_URL is not among them: API Gateway, when deployed, knows the list of serverless.yml only.
    """
    if "ALLOWED_ORIGINS" not in values:
        return None
    return [origin.strip() for origin in values["ALLOWED_ORIGINS"].split(",") if origin.strip()]


def _declared(function: Function, values: Mapping[str, str]) -> dict[str, str]:
    """Return what serverless.yml sets, except its database when the developer names one the SuperTokens way."""
    has_own_database = any(name.startswith(_DATABASE_FAMILIES) for name in values)
    return {
        name: value
        for name, value in function.environment.items()
        if not (name == "DATABASE_URL" and has_own_database)
    }
