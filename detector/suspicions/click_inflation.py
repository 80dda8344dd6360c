"""Clicks that nobody's interest explains.

Accounts that come back on purpose, few devices, no exposures to match, and no reposts, comments or new
followers in proportion.
"""

from detector.engine.engagement_counts import (
    ADDRESS_SHARE,
    CLICKED,
    DEVICE_SHARE,
    KEEN_SHARE,
    OFTEN_SHARE,
    SERIAL_SHARE,
    SILENT_SHARE,
    UNEXPOSED_SHARE,
)
from detector.suspicions import engagement

KIND = "click_inflation"

findings = engagement.findings(
    KIND,
    CLICKED,
    core=((DEVICE_SHARE, ADDRESS_SHARE), (OFTEN_SHARE, SERIAL_SHARE), (SILENT_SHARE,), (UNEXPOSED_SHARE,)),
    joint=(SILENT_SHARE, KEEN_SHARE),
)
"""See `detector.suspicions.engagement`."""
