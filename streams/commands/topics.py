"""`detector topics`: make and check the topics."""

from __future__ import annotations

import click

from config.load import Loaded
from streams.commands.failure import Failure, failing
from streams.commands.settings import with_settings


@click.group("topics", short_help="Make and check the topics.")
def command() -> None:
    """Make and check the topics that the worker needs."""


@command.command()
@with_settings("bootstrap", "topic_prefix", "shards", "partitions", "replication")
def create(loaded: Loaded) -> None:
    """Create the topics that do not exist; those that do are left as they are."""
    from streams import security, topics
    from streams.broker import BrokerError

    settings = loaded.settings
    with failing(BrokerError, security.SecurityError):
        made = topics.provision(
            security.client_options(settings),
            topics.TopicNames.of(settings),
            settings.shards,
            settings.partitions,
            settings.replication,
        )
    for name in made:
        click.echo(name)
    click.echo(f"{len(made)} topics created", err=True)


@command.command()
@with_settings("bootstrap", "topic_prefix", "shards")
def check(loaded: Loaded) -> None:
    """Say what is wrong with the topics, a line each; exit 1 when something is."""
    from streams import security, topics
    from streams.broker import BrokerError

    settings = loaded.settings
    with failing(BrokerError, security.SecurityError):
        problems = topics.check(
            security.client_options(settings), topics.TopicNames.of(settings), settings.shards
        )
    for problem in problems:
        click.echo(problem)
    if problems:
        raise Failure(
            f"{len(problems)} problems with the topics; `detector topics create` makes missing ones"
        )
    click.echo("topics are fine")
