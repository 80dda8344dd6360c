"""Addresses and devices: homes, offices, and the few addresses of a mobile carrier that thousands share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.simulate.ids import random_ids

Ints = NDArray[np.int32]


class Places:
    """Pools of addresses by region, and devices; everything is an index until it is written.

    Bots live in the same regions as everybody, and get their homes, carriers and devices by the same rules.
    """

    def __init__(self, rng: np.random.Generator, regions: int, people: int) -> None:
        self.regions = regions
        self.addresses: list[str] = []
        self.devices: list[str] = []
        # Each region's provider owns a few /16 networks, for homes, offices and mobiles alike.
        self._networks = rng.integers(0, 223 * 256, size=(regions, 6))
        each = max(1, people // regions)
        self._homes = [self._new_addresses(rng, r, max(4, int(each / 2.2))) for r in range(regions)]
        self._offices = [self._new_addresses(rng, r, max(2, each // 60)) for r in range(regions)]
        self._carriers = [self._new_addresses(rng, r, max(2, each // 120)) for r in range(regions)]

    def _new_addresses(self, rng: np.random.Generator, region: int, count: int) -> Ints:
        network = self._networks[region][rng.integers(0, 6, size=count)]
        rest = rng.integers(1, 65_535, size=count)
        first = len(self.addresses)
        for n, r in zip(network.tolist(), rest.tolist(), strict=True):
            self.addresses.append(f"{n // 256 + 1}.{n % 256}.{r // 256}.{r % 256}")
        return np.arange(first, first + count, dtype=np.int32)

    def new_address(self, rng: np.random.Generator, region: int) -> int:
        """A fixed line that nobody had so far, such as a school's."""
        return int(self._new_addresses(rng, region, 1)[0])

    def homes(self, rng: np.random.Generator, region: Ints, *, fresh: bool = False) -> Ints:
        """A home for each person; with `fresh` half of them move into homes that are new in the world."""
        out = np.empty(len(region), dtype=np.int32)
        for r in range(self.regions):
            here = np.flatnonzero(region == r)
            if not len(here):
                continue
            pool = self._homes[r]
            out[here] = pool[rng.integers(0, len(pool), size=len(here))]
            if fresh:
                moved = here[rng.random(len(here)) < 0.5]
                if len(moved):
                    out[moved] = self._new_addresses(rng, r, len(moved))
        return out

    def offices(self, rng: np.random.Generator, region: Ints) -> Ints:
        """A place of work or study for four in ten, -1 for the others."""
        out = np.full(len(region), -1, dtype=np.int32)
        for r in range(self.regions):
            here = np.flatnonzero((region == r) & (rng.random(len(region)) < 0.4))
            pool = self._offices[r]
            out[here] = pool[rng.integers(0, len(pool), size=len(here))]
        return out

    def mobile(self, rng: np.random.Generator, region: Ints) -> Ints:
        """The carrier's address that a phone happens to get, popular ones more often."""
        out = np.empty(len(region), dtype=np.int32)
        for r in np.unique(region).tolist():
            here = np.flatnonzero(region == r)
            pool = self._carriers[r]
            out[here] = pool[(rng.random(len(here)) ** 1.3 * len(pool)).astype(np.int64)]
        return out

    def new_devices(self, rng: np.random.Generator, count: int) -> Ints:
        """Devices that nobody had so far."""
        first = len(self.devices)
        self.devices.extend(random_ids(rng, count, 16))
        return np.arange(first, first + count, dtype=np.int32)
