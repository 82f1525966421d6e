"""What the local AWS says when it is ready."""

import re
from collections.abc import Mapping

from infra.local.aws.fleet import this_architecture
from infra.local.aws.stage import Secrets

_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")


def deployed_banner(url: str, environment: Mapping[str, str], prepared: Secrets) -> str:
    """Return where the deployed stage is."""
    rows = {
        "pages and API": url,
        "core for SDKs": f"{url}/core (apiKey: {prepared.core_api_keys})",
        "mailbox": f"{url}/_dev/mailbox",
        "database": _PASSWORD.sub("***", prepared.database_url),
        "AWS": environment["AWS_ENDPOINT_URL"],
    }
    title = (
        "Gatehouse is deployed to an AWS on this machine. When that stops, only the database is left of it."
    )
    return _table(title, rows)


def local_aws_banner(stage: str, environment: Mapping[str, str], prepared: Secrets) -> str:
    """Return how to deploy to the local AWS."""
    rows = {
        f"/gatehouse/{stage}/database-url": _PASSWORD.sub("***", prepared.database_url),
        f"/gatehouse/{stage}/core-api-keys": prepared.core_api_keys,
    }
    exports = " ".join(f"{name}={value}" for name, value in environment.items())
    return (
        _table("A local AWS is running; Ctrl-C stops it, and what is deployed there is gone.", rows)
        + f"""
In another terminal:

  export {exports}
  npx serverless deploy --stage {stage} --param arch={this_architecture()}
"""
    )


def _table(title: str, rows: Mapping[str, str]) -> str:
    width = max(map(len, rows)) + 2
    return "\n".join(["", title, "", *(f"  {name:{width}}{value}" for name, value in rows.items()), ""])
