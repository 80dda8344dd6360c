"""Comments by accounts that come out of nowhere, in company.

They had not clicked and have no history with the author, do the same on the author's other contents, had come
to other authors with a crowd, use few devices, are new: two of these must speak.
"""

from detector.engine.engagement_counts import (
    AGAIN_SHARE,
    COMMENTED,
    COMPANY_SHARE,
    DEVICE_SHARE,
    NOWHERE_SHARE,
    SERIAL_SHARE,
)
from detector.suspicions import engagement

KIND = "comment_inflation"

findings = engagement.findings(
    KIND,
    COMMENTED,
    core=((DEVICE_SHARE,), (NOWHERE_SHARE, AGAIN_SHARE), (COMPANY_SHARE,), (SERIAL_SHARE,)),
    joint=(),
)
"""See `detector.suspicions.engagement`."""
