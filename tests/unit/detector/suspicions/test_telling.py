"""Which traits of a crowd have an honest explanation, from the counts behind them."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from detector.engine.engagement_counts import (
    ACTORS,
    ACTS,
    ADDRESS_SHARE,
    COUNTS,
    DEVICE_SHARE,
    DEVICES,
    SHARES,
    SILENT_SHARE,
    UNEXPOSED_SHARE,
)
from detector.engine.engagement_evidence import Evidence
from detector.suspicions.inflation import CLICKS
from detector.suspicions.telling import unexplained

CORE = ((DEVICE_SHARE, ADDRESS_SHARE),)
SAID = 20.0


def behind_one_address(devices: float, same: float) -> Evidence:
    """30 accounts, nearly all at one address; so many name a device, a share of them one of another's."""
    counts, share = np.zeros((1, COUNTS)), np.zeros((1, len(SHARES)))
    surprise, usual = np.zeros((1, len(SHARES))), np.zeros((1, len(SHARES)))
    counts[0, ACTORS], counts[0, DEVICES] = 30.0, devices
    share[0, ADDRESS_SHARE], share[0, DEVICE_SHARE], share[0, SILENT_SHARE] = 0.97, same, 1.0
    surprise[0, ADDRESS_SHARE] = SAID
    stub = SimpleNamespace(counts=counts, share=share, surprise=surprise, usual=usual)
    return cast(Evidence, stub)


@pytest.mark.parametrize(
    ("devices", "same", "says"),
    [
        (30.0, 0.0, 0.0),  # a carrier's customers, each with a device of his own
        (20.0, 0.1, 0.0),  # some do not tell theirs
        (0.0, 0.0, SAID),  # a farm on a platform that reports no devices
        (10.0, 0.0, SAID),  # too few tell theirs to know
        (30.0, 0.8, SAID),  # a farm with a handful of phones
    ],
)
def test_one_address_says_nothing_of_people_with_devices_of_their_own(
    devices: float, same: float, says: float
) -> None:
    surprise = unexplained(behind_one_address(devices, same), 0, CORE, CLICKS)
    assert surprise[ADDRESS_SHARE] == says


@pytest.mark.parametrize(("clicks", "says"), [(29.0, 0.0), (30.0, SAID)])
def test_exposures_say_nothing_of_a_few_clicks(clicks: float, says: float) -> None:
    evidence = behind_one_address(0.0, 0.0)
    evidence.counts[0, ACTS] = clicks
    evidence.surprise[0, UNEXPOSED_SHARE] = SAID
    assert unexplained(evidence, 0, CORE, CLICKS)[UNEXPOSED_SHARE] == says
