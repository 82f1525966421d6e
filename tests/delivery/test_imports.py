"""What importing a sender costs: nothing that only sending needs."""

import os
import subprocess
import sys

import pytest

HEAVY = ("boto3", "botocore", "smtplib", "ssl", "email", "importlib.resources", "mypy_boto3")


@pytest.mark.parametrize(
    "code",
    [
        "import gatehouse.delivery.letters",
        "import gatehouse.delivery.console",
        "from gatehouse.delivery.smtp import SmtpEmailSender as S; S('smtps://a:b@mail.example.com', 'a@b.c')",
        "from gatehouse.delivery.ses import SesEmailSender as S; S('Gatehouse <a@b.c>')",
        "from gatehouse.delivery.sns import SnsSmsSender as S; S()",
        "from gatehouse.parameters import Parameters as P; P().resolve('plain')",
    ],
)
def test_senders_load_late_what_they_need(code: str) -> None:
    search_path = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    shown = f"import sys; {code}; print(*(name for name in sys.modules if name.startswith({HEAVY})))"
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", shown], env=search_path, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
