"""Rules that bind several settings, or a setting and the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.settings import Settings, declared

BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


def broken(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yields the name of each setting that breaks a rule, and why."""
    for broker in settings.bootstrap.split(","):
        found = BROKER.fullmatch(broker.strip())
        if not found or not 0 < int(found[2]) < 65_536:
            yield "bootstrap", f"{broker.strip()!r} is not of the form host:port"
    if settings.security_protocol.startswith("SASL_"):
        for name in ("sasl_username", "sasl_password"):
            if not getattr(settings, name):
                yield name, f"is needed with security_protocol {settings.security_protocol}"
    if bool(settings.ssl_certfile) != bool(settings.ssl_keyfile):
        missing = "ssl_keyfile" if settings.ssl_certfile else "ssl_certfile"
        yield missing, "a client certificate needs both ssl_certfile and ssl_keyfile"
    for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        path = getattr(settings, name)
        if path and not path.is_file():
            yield name, f"there is no file {path}"
    names: dict[str, str] = {}
    for each in declared():
        if each.metadata["section"] != "Topics" or not each.name.startswith("topic_"):
            continue
        topic = settings.topic_prefix + getattr(settings, each.name)
        if not TOPIC.fullmatch(topic) or topic in (".", ".."):
            yield each.name, f"{topic!r} is no topic name (letters, digits, '.', '_', '-', at most 249)"
        elif topic in names:
            yield each.name, f"the same topic as {names[topic]}"
        names[topic] = each.name
