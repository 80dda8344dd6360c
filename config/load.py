"""Settings from a file, the environment and options, the later over the earlier, each with its origin."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.settings import ENV_PREFIX, Settings, declared, env_name

# Set by the command line itself (`--config`), not a setting.
CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"
# Kubernetes sets these in every pod beside a service that is named "detector".
FOREIGN = re.compile(r"DETECTOR_(SERVICE_.*|PORT|PORT_\d+_.*)")


class ConfigError(Exception):
    """A setting that is refused: one line for each, naming the layer and the entry."""


@dataclass(frozen=True)
class Loaded:
    """Settings and where each came from.

    Attributes:
        settings: checked.
        origins: for each name `default`, `file PATH`, `environment DETECTOR_X` or `option --x`.
    """

    settings: Settings
    origins: dict[str, str] = field(default_factory=dict)


def load(
    config: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Loaded:
    """Reads the layers over the defaults.

    Args:
        config: a YAML (`.yaml`, `.yml`) or TOML (`.toml`) file of flat entries.
        overrides: values of options by setting name.
        labels: how an option is written, where it is not `--` and the setting's name.

    Raises:
        ConfigError: the file cannot be read, an entry is unknown or its value is refused.

    Examples:
        >>> load(overrides={"shards": 2}).settings.shards
        2
    """
    overrides = dict(overrides or {})
    names = {each.name for each in declared()}
    variables = [name for name in os.environ if name.upper().startswith(ENV_PREFIX) and os.environ[name]]
    if not (config or overrides or any(name.upper() != CONFIG_VARIABLE for name in variables)):
        return Loaded(Settings(), dict.fromkeys(names, "default"))
    # Only here: importing pydantic takes longer than all else that `detector replay` does before its start.
    from config.layers import merge

    known = {env_name(name) for name in names} | {CONFIG_VARIABLE}
    unknown = [
        name for name in variables if name.upper() not in known and not FOREIGN.fullmatch(name.upper())
    ]
    return merge(config, overrides, labels or {}, unknown)
