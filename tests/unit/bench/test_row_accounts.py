"""What the benchmark of memory counts."""

from __future__ import annotations

from detector.engine.rows import SUBSCRIPTION, UNSUBSCRIBE
from tests.bench import row_accounts
from tests.bench.synthetic import Crowd

_ACCOUNTS = 3000


def test_accounts_and_channels_are_counted_once() -> None:
    world = row_accounts._World(_ACCOUNTS)
    world.engine.finish()
    pairs, actors = set(), set()
    for batch in Crowd(_ACCOUNTS).everybody(row_accounts.BATCH):
        rows = batch.rows
        actors.update(rows["actor"].tolist())
        unfollows = (rows["type"] == SUBSCRIPTION) & (rows["action"] == UNSUBSCRIBE)
        pairs.update(zip(rows["subject"].tolist(), rows["type"].tolist(), unfollows.tolist(), strict=True))
    everybody = 2 * len(world.engine._subjects)
    assert world.state_rows == len(actors) + len(pairs) + everybody


def test_what_grows_is_told_from_what_has_a_size_of_its_own() -> None:
    world = row_accounts._World(_ACCOUNTS)
    sizes = {table.name: len(table.rows) for table in world._tables()}
    assert {name for name, size in sizes.items() if size >= 1 << 24} == row_accounts._GROWING
    assert world.fixed < world.engine.nbytes
