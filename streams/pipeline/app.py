"""The worker's app: an agent for every topic of events, and one for every stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from config.settings import Settings
from detector.events.decode import Decoder
from streams.engine import latest_allowed
from streams.pipeline.intake import Decodes
from streams.pipeline.observe import Observer
from streams.pipeline.pipeline import Pipeline
from streams.pipeline.reload import Reload
from streams.pipeline.stages import Limits, Stages
from streams.security import faust_credentials
from streams.transport import BatchedApp

# Largest record that the producer sends: a flag may name 10,000 participants.
_LARGEST = 8 << 20


def build_app(
    settings: Settings,
    observer: Observer | None = None,
    stages: Stages | None = None,
    *,
    decoder: Callable[[str], Decodes] | None = None,
    limits: Limits | None = None,
    **options: Any,
) -> BatchedApp:
    """The worker's app. It runs with `streams.transport.serve`.

    Args:
        settings: of the process.
        observer: is told what happens.
        stages: the engine's when left out.
        decoder: makes what decodes the records of a type; the engine's when left out.
        limits: bounds.
        options: of Faust, over ours.

    Raises:
        ConfigError: a rule pack says what it cannot.
        SecurityError: the TLS files cannot be used.
    """
    credentials = faust_credentials(settings)
    app = BatchedApp(
        settings.group,
        settings.bootstrap,
        **{
            "broker_max_poll_records": settings.max_poll_records,
            "consumer_max_fetch_size": settings.fetch_bytes,
            "producer_max_request_size": _LARGEST,
            **({"broker_credentials": credentials} if credentials else {}),
            **options,
        },
    )
    if decoder is None:
        decoder = partial(Decoder, latest=latest_allowed(settings))
    observer, reload = observer or Observer(), None
    if stages is None:
        # Here, since it brings in all the kernels.
        from streams.engine import engine_settings

        engine = engine_settings(settings)
        observer.rules(engine.versions["rules"])
        stages = Stages.of(engine)
        if settings.rules_dir:
            reload = Reload(settings.rules_dir, partial(engine_settings, settings))
    Pipeline(app, settings, stages, decoder, observer, limits or Limits(), reload).attach()
    return app
