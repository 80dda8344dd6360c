"""Comments by accounts that come out of nowhere.

They had not clicked and have no history with the author, are out of proportion to those who read, or use few
devices.
"""

from detector.engine.engagement_counts import (
    COMMENTED,
    COMPANY_SHARE,
    DEVICE_SHARE,
    NOWHERE_SHARE,
    SERIAL_SHARE,
)
from detector.suspicions import engagement

KIND = "comment_inflation"

findings = engagement.findings(
    KIND, COMMENTED, core=((DEVICE_SHARE,), (NOWHERE_SHARE,), (COMPANY_SHARE,), (SERIAL_SHARE,)), joint=None
)
"""See `detector.suspicions.engagement`."""
