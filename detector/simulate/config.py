"""What a simulated world is made of."""

from __future__ import annotations

import msgspec

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class SimulateConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of a world; the same parameters give the same bytes.

    Attributes:
        seed: of every random choice. With `vary`, the world's rates and sizes differ with it too, within
            the ranges of `world.Rates`, so that nothing can be tuned to one world.
        events: events in the file, exactly (campaigns and innocents in them).
        days: length of the main window in event time.
        start: of the main window, ms since 1970 UTC.
        accounts: ordinary accounts at the start; 0 = one for every 25 events, 400 at least.
        fake_share: at most this share of the events is fake; at most 0.04.
        size: factor on the number of accounts and events of each campaign; no campaign has fewer than 20
            accounts where its kind needs many.
        rounds: how often each attack is staged, as far as `fake_share` allows.
        innocent_rounds: how often each innocent is staged.
        attacks, innocents: names (see `attacks.ATTACKS`, `innocents.INNOCENTS`) to stage; None = all.
        attacks_from: share of the window before which no attack starts.
        ip_share, device_share, created_share, source_share: how many events carry the field.
        disorder_ms: events stand in the file by their time plus a delay; its mean for most events. One in
            five hundred comes up to twenty times later.
        history_days: account events (logins, registrations) of so many days before the window come first, as
            an import would bring them; needed for six months of silence, which is staged from 195 on.
        exposures: whether the platform reports exposures at all.
        vary: draw the world's rates by seed rather than take their middle values.
    """

    seed: int = 1
    events: int = 1_000_000
    days: float = 7.0
    start: int = 1_772_409_600_000  # 2026-03-02, a Monday
    accounts: int = 0
    fake_share: float = 0.03
    size: float = 1.0
    rounds: int = 3
    innocent_rounds: int = 2
    attacks: tuple[str, ...] | None = None
    innocents: tuple[str, ...] | None = None
    attacks_from: float = 0.2
    ip_share: float = 0.97
    device_share: float = 0.95
    created_share: float = 0.8
    source_share: float = 0.9
    disorder_ms: int = 1_500
    history_days: int = 200
    exposures: bool = True
    vary: bool = True

    def __post_init__(self) -> None:
        """Refuse what can't be simulated.

        Raises:
            ValueError: naming the parameter.
        """
        if self.events < 2_000:
            raise ValueError("events: a world needs at least 2,000 of them")
        if not 0 <= self.fake_share <= 0.04:
            raise ValueError("fake_share: must lie between 0 and 0.04")
        if not (0 < self.days <= 3660 and 0 < self.size <= 1000):
            raise ValueError("days and size: must be positive, days at most 3660, size at most 1000")
        if not 0 <= self.attacks_from < 0.9:
            raise ValueError("attacks_from: must lie between 0 and 0.9")
        if self.accounts and self.accounts < 500:
            raise ValueError("accounts: a world needs at least 500 of them")

    @property
    def end(self) -> int:
        """End of the main window, ms."""
        return self.start + int(self.days * DAY)

    @property
    def population(self) -> int:
        """Ordinary accounts at the start."""
        return self.accounts or max(400, self.events // 25)
