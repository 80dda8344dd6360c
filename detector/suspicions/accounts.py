"""Settings of the suspicions about accounts; each says where its default comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accounts:
    """Of `entity_cap`, `dormant_account`, `name_reuse`, `account_transfer` and `bulk_registration`.

    Attributes:
        cap: live accounts of one person or company (article 10.1: the platform sets it).
        dormant_days: days without use, after article 10.2: six months, without the day of the last use.
        dormant_at_once: dormant accounts told an hour, so that a service's whole past does not come at once;
            no more than the blast radius lets pass.
        unlikely: surprise of a closed account's name from which its being taken again is looked at.
        hand_over: surprise of device, address and entity changing together.
        shared: surprise of so many registrations sharing a trait that a finding needs.
        inauthentic: surprise of what these accounts do, or share besides.
        least: accounts of a group; one person may well have five.
        participants: named at most.
    """

    cap: int = 15
    dormant_days: int = 183
    dormant_at_once: int = 100
    unlikely: float = 4.0
    hand_over: float = 6.0
    shared: float = 3.0
    inauthentic: float = 3.0
    least: int = 8
    participants: int = 10_000


ACCOUNTS = Accounts()
# Surprise of what is counted exactly, and needs no likelihood.
FACT = 12.0
