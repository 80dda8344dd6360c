"""Reposts by accounts that come out of nowhere, in company.

They had not clicked and have no history with the author, do the same on the author's other contents, had come
to other authors with a crowd, use few devices, are new: two of these must speak.
"""

from detector.engine.engagement_counts import (
    COMPANY_SHARE,
    DEVICE_SHARE,
    NOWHERE_SHARE,
    REPOSTED,
    SERIAL_SHARE,
)
from detector.suspicions import engagement

KIND = "repost_inflation"

findings = engagement.findings(
    KIND,
    REPOSTED,
    core=((DEVICE_SHARE,), (NOWHERE_SHARE,), (COMPANY_SHARE,), (SERIAL_SHARE,)),
    joint=(NOWHERE_SHARE,),
)
"""See `detector.suspicions.engagement`."""
