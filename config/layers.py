"""The layers merged and checked by pydantic-settings; imported only when a layer has something to say."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import yaml
from pydantic import Field, ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
    YamlConfigSettingsSource,
)

from config.checks import broken
from config.load import ConfigError, Loaded
from config.settings import ENV_PREFIX, Settings, declared, env_name


class _Base(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="forbid", hide_input_in_errors=True
    )


def _model() -> type[_Base]:
    hints = get_type_hints(Settings)
    fields: dict[str, Any] = {
        each.name: (hints[each.name], Field(each.default, **each.metadata["limits"])) for each in declared()
    }
    return create_model("Layered", __base__=_Base, **fields)


def _file_source(model: type[BaseSettings], path: Path) -> PydanticBaseSettingsSource:
    kinds: dict[str, Callable[[type[BaseSettings], Path], PydanticBaseSettingsSource]] = {
        ".toml": TomlConfigSettingsSource,
        ".yaml": YamlConfigSettingsSource,
        ".yml": YamlConfigSettingsSource,
    }
    if path.suffix.lower() not in kinds:
        raise ConfigError(f"{path}: settings files end in .yaml, .yml or .toml")
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file")
    try:
        return kinds[path.suffix.lower()](model, path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ConfigError(f"{path}: {line}not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not a table of settings: nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: not a table of settings: {' '.join(str(error).split())}") from error


def _hint(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), [each.name for each in declared()], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def merge(
    config: Path | None,
    overrides: dict[str, Any],
    labels: Mapping[str, str],
    unknown_variables: Iterable[str],
) -> Loaded:
    """Merges and checks the layers.

    Args:
        config, overrides, labels: as `config.load.load` takes them.
        unknown_variables: of the environment, with our prefix but no setting.

    Raises:
        ConfigError: one line for each entry that is refused.
    """
    model = _model()
    layers: dict[str, str] = {}
    from_file = _file_source(model, config) if config else None

    class Layered(model):  # type: ignore[misc, valid-type]
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            given = from_file() if from_file else {}
            layers.update(dict.fromkeys(given, f"file {config}"))
            layers.update({name: f"environment {env_name(name)}" for name in env_settings()})
            layers.update(
                {
                    name: "option " + labels.get(name, "--" + name.replace("_", "-"))
                    for name in init_settings()
                }
            )
            return (init_settings, env_settings, *([from_file] if from_file else []))

    problems = [
        f"environment {name}: there is no such setting{_hint(name.removeprefix(ENV_PREFIX))}"
        for name in sorted(unknown_variables)
    ]
    settings = Settings()
    try:
        values = Layered(**overrides)
        settings = Settings(**{each.name: getattr(values, each.name) for each in declared()})
        problems += [f"{layers.get(name, 'default')}: {name}: {why}" for name, why in broken(settings)]
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False):
            name = str(each["loc"][0])
            if each["type"] == "extra_forbidden":
                problems.append(f"{layers[name]}: {name}: there is no such setting{_hint(name)}")
            else:
                problems.append(f"{layers[name]}: {name}: {each['msg']}")
    if problems:
        raise ConfigError("\n".join(problems))
    return Loaded(settings, {each.name: layers.get(each.name, "default") for each in declared()})
