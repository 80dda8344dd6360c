# mypy: allow-untyped-defs, allow-untyped-calls
"""How an account is used, and when it looks as if somebody else uses it."""

import math

import numpy as np
from numba import njit

from detector.engine.accounts_rows import ENTITIES_CHANGED, ENTITIES_SEEN, MOVES, ODD, SESSIONS
from detector.engine.rows import ACCOUNT, POST

# Acts so close together are one session: they come from one place, and say nothing more than one of them.
SESSION_SECONDS = 600
# An account is known after so many sessions; how often it still shows a new device depends on how well.
KNOWN = (2, 5, 12)
# So long the platform may take to approve a transfer after the fact, and so many sessions must show it.
WAIT_SECONDS, WAIT_SESSIONS = 86_400, 3
# Telephones of one town have their carrier's addresses in common: one of them known soon says little.
PATIENT_SESSIONS = 12
# What is believed before the stream has taught it: one session in a thousand begins a move to a new place and
# device together, one account in a thousand changes hands. Weighs as much as so many observations.
_PRIOR = 1_000.0
# More account events that name another entity say no more.
MOST_TIMES = 2
# Surprise from which no second event that names the other entity is waited for: ten times what a flag needs.
_SURE = 7.0
_THREE_HOURS = 10_800


@njit(inline="always")
def level_of(known):
    """How well an account is known: -1, 0, 1, 2."""
    return (known >= KNOWN[0]) + (known >= KNOWN[1]) + (known >= KNOWN[2]) - 1


@njit(cache=True)
def moving(usual, level):
    """How often a session of an account known so well begins a move to other devices and addresses."""
    return (usual[MOVES + level] + 1.0) / (usual[SESSIONS + level] + _PRIOR)


@njit(cache=True)
def changing(usual):
    """How often an account event names another entity than before, where all else stays."""
    return (usual[ENTITIES_CHANGED] + 1.0) / (usual[ENTITIES_SEEN] + _PRIOR)


@njit(cache=True)
def together(usual, level, times):
    """The surprise of a move with so many account events that name another entity.

    Were the entity the same as ever, each of these would be a mistake of its own.
    """
    return -math.log10(moving(usual, level)) - min(times, MOST_TIMES) * math.log10(changing(usual))


@njit(inline="always")
def forget(account):
    """Begins a new history, with a new owner."""
    account.began = 0
    account.known = 0
    account.session = 0
    account.switched = 0
    account.other_entity = 0
    for k in range(len(account.devices)):
        account.devices[k] = 0
    for k in range(len(account.ips)):
        account.ips[k] = 0
    for k in range(len(account.circle)):
        account.circle[k] = 0
    for k in range(len(account.hours)):
        account.hours[k] = 0


@njit(cache=True)
def lives(usual, account, event, second, changed):
    """Takes an event in; whether by now somebody else has used the account for long enough.

    Args:
        usual: shares learnt from the stream, shape (accounts_rows.USUAL,).
        changed: the event names another entity than before.

    What differs is counted apart from the history while it may be somebody else, so that he does not become
    the habit; a device known from before ends that.
    """
    device, ip = np.uint32(event.device >> np.uint64(32)), np.uint32(event.ip >> np.uint64(32))
    known_device, known_ip = False, False
    for k in range(len(account.devices)):
        known_device |= account.devices[k] == device
    for k in range(len(account.ips)):
        known_ip |= account.ips[k] == ip
    known_device &= device != 0
    # Where a platform tells of no devices, addresses and entities have to do.
    blind = device == 0
    for k in range(len(account.devices)):
        blind &= account.devices[k] == 0
    known_ip &= ip != 0
    hour = (np.int64(second) // _THREE_HOURS) & 7
    print_ = np.uint16(0)
    known_subject = False
    if event.type != ACCOUNT and event.type != POST:
        print_ = np.uint16(event.subject >> np.uint64(48))
        for k in range(len(account.circle)):
            known_subject |= account.circle[k] == print_
    back = changed and account.other_entity > 0
    if changed:
        account.switched = second
    # The entity is not on every event.
    changed = account.switched > 0 and (
        account.began > 0 or np.int64(second) - np.int64(account.switched) <= WAIT_SECONDS
    )
    begins = np.int64(second) - np.int64(account.session) >= SESSION_SECONDS
    if begins:
        account.session = second
    level = level_of(account.known)
    if account.began > 0:
        if not known_device and not back:
            if changed and (account.other_entity == 0 or (event.type == ACCOUNT and event.aux != 0)):
                account.other_entity = min(np.int64(account.other_entity) + 1, 250)
            if begins and account.sessions < 250:
                account.sessions += 1
                account.known_ips += known_ip
                account.odd_hours += account.hours[hour] == 0
            if print_ != 0 and account.acts < 250:
                account.acts += 1
                account.known_subjects += known_subject
            since = max(np.int64(account.began), np.int64(account.switched))
            # A second account event that names the other entity is worth some waiting, unless one is enough.
            waits = account.other_entity == 1 and together(usual, max(level, 0), 1) < _SURE
            long = np.int64(second) - since >= WAIT_SECONDS * (3 if waits else 1)
            if long and account.sessions >= WAIT_SESSIONS:
                if 4 * np.int64(account.known_ips) <= np.int64(account.sessions):
                    # A hand-over does not teach how often each of its signs comes alone.
                    usual[MOVES + level] += account.other_entity == 0
                    return True
                if account.sessions < PATIENT_SESSIONS:
                    return False
                usual[ENTITIES_CHANGED] += account.other_entity > 0
                forget(account)
            else:
                return False
        else:
            # Both are his: one more device, one more entity.
            usual[ENTITIES_CHANGED] += account.other_entity > 0
            account.began = account.switched = account.other_entity = 0
            account.devices[account.device_next % len(account.devices)] = account.other_device
            account.device_next = (account.device_next + 1) % len(account.devices)
    elif level >= 0:
        if begins:
            usual[SESSIONS + level] += 1.0
            usual[ODD + level] += account.hours[hour] == 0
        if (device != 0 or blind) and not known_device and ((ip != 0 and not known_ip) or changed):
            account.began = second
            account.other_device = device
            account.sessions = 1
            account.known_ips = known_ip
            account.odd_hours = account.hours[hour] == 0
            account.acts = print_ != 0
            account.known_subjects = known_subject
            account.other_entity = changed
            return False
    if changed and known_device:
        usual[ENTITIES_CHANGED] += 1.0
        account.switched = 0
    if device != 0 and not known_device:
        account.devices[account.device_next % len(account.devices)] = device
        account.device_next = (account.device_next + 1) % len(account.devices)
    # An address alone does not say that it is the same person.
    if ip != 0 and (device != 0 or blind) and not known_ip:
        account.ips[account.ip_next % len(account.ips)] = ip
        account.ip_next = (account.ip_next + 1) % len(account.ips)
    if print_ != 0 and not known_subject:
        at = account.circle_next % len(account.circle)
        # Of a newcomer the first are kept, for the company he came in.
        if account.circle[at] == 0 or np.int64(second) - np.int64(account.registered) > WAIT_SECONDS:
            account.circle[at] = print_
            account.circle_next = (at + 1) % len(account.circle)
    if begins:
        account.hours[hour] = min(np.int64(account.hours[hour]) + 1, 255)
        account.known = min(np.int64(account.known) + 1, 60_000)
    return False
