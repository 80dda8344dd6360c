"""How clients prove themselves to the brokers and trust them, from the settings."""

from __future__ import annotations

import ssl
from typing import Any

from config.settings import Settings


class SecurityError(Exception):
    """A certificate, a key or its password that cannot be used."""


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context of a client; None where TLS is not used.

    Raises:
        SecurityError: a file is no certificate or key, or the key's password is wrong.
    """
    if not settings.security_protocol.endswith("SSL"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
        if settings.ssl_certfile and settings.ssl_keyfile:
            # A password is always handed in: without one, OpenSSL would ask for it at the terminal.
            context.load_cert_chain(
                settings.ssl_certfile, settings.ssl_keyfile, settings.ssl_key_password or ""
            )
    except (OSError, ssl.SSLError, ValueError) as error:
        raise SecurityError(f"TLS files cannot be used: {error}") from error
    return context


def client_options(settings: Settings) -> dict[str, Any]:
    """Arguments that both aiokafka's and kafka-python's clients take.

    Raises:
        SecurityError: as `ssl_context`.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": brokers(settings),
        "security_protocol": settings.security_protocol,
        "ssl_context": ssl_context(settings),
    }
    if settings.security_protocol.startswith("SASL_"):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password,
        }
    return options


def brokers(settings: Settings) -> list[str]:
    """The brokers to ask first, one `host:port` each."""
    return [each.strip() for each in settings.bootstrap.split(",")]


def faust_credentials(settings: Settings) -> Any:
    """What Faust takes as `broker_credentials`; None for plain text.

    Raises:
        SecurityError: as `ssl_context`.
    """
    from faust import SASLCredentials, SSLCredentials

    context = ssl_context(settings)
    if settings.security_protocol.startswith("SASL_"):
        return SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password,
            ssl_context=context,
            mechanism=settings.sasl_mechanism,
        )
    return SSLCredentials(context) if context else None
