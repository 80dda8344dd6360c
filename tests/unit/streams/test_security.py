"""Clients' arguments for security, from the settings."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from config.settings import Settings
from streams.security import SecurityError, client_options, faust_credentials, ssl_context


def test_plain_text() -> None:
    settings = Settings(bootstrap="a:1, b:2")
    assert client_options(settings) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
    }
    assert faust_credentials(settings) is None


def test_password_without_tls() -> None:
    settings = Settings(
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="u",
        sasl_password="p",
    )
    options = client_options(settings)
    assert options["ssl_context"] is None
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == ("SCRAM-SHA-512", "u")
    credentials = faust_credentials(settings)
    assert credentials.protocol.value == "SASL_PLAINTEXT"
    assert credentials.mechanism.value == "SCRAM-SHA-512"


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_tls_checks_the_brokers(protocol: str) -> None:
    settings = Settings(security_protocol=protocol, sasl_username="u", sasl_password="p")  # type: ignore[arg-type]
    context = ssl_context(settings)
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert faust_credentials(settings).protocol.value == protocol


def test_files_that_are_no_certificates(tmp_path: Path) -> None:
    path = tmp_path / "no.pem"
    path.write_text("no certificate")
    for given in ({"ssl_cafile": path}, {"ssl_certfile": path, "ssl_keyfile": path}):
        with pytest.raises(SecurityError, match="TLS files cannot be used"):
            ssl_context(Settings(security_protocol="SSL", **given))  # type: ignore[arg-type]
