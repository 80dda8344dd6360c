"""What the accounts' stage keeps: rows of accounts, entities, names and of what registrations share."""

from typing import NamedTuple

import numpy as np

# Of the registrations: entity, device, address, pattern of the name.
TRAITS = ("entity", "device", "address", "pattern")
OF_ENTITY, OF_DEVICE, OF_ADDRESS, OF_PATTERN = range(len(TRAITS))

# Rows of other tables are meant by their number plus one, 0 is none; times are s since 1970, 0 is never.
ACCOUNT = np.dtype(
    [
        ("key", "u8"),
        ("name", "u8"),  # hash of the display name
        ("id_at", "i8"),  # where the id of its last registration, transfer or closing is
        ("skeleton", "u4"),  # of the name, folded
        ("entity", "u4"),  # whose it is
        ("next", "u4"),  # of the same entity's accounts, a list
        ("before", "u4"),
        ("entered", "u4"),  # since when it is the entity's
        ("registered", "u4"),
        ("last", "u4"),  # on the last day on which it was used; where it acts openly, to the second
        ("closed", "u4"),
        ("approved", "u4"),  # last transfer that the platform approved
        ("company", "u4"),  # number of the group it was named with
        ("session", "u4"),  # when the last session that counted began
        ("began", "u4"),  # since when somebody else seems to use it
        ("other_device", "u4"),  # which he came with
        ("switched", "u4"),  # when its entity became another one without approval
        ("peers", "u4", (4,)),  # the account registered before it that shares the trait
        ("devices", "u4", (3,)),  # the last of them, upper halves of the hashes
        ("ips", "u4", (7,)),
        ("circle", "u2", (8,)),  # subjects acted on; of a newcomer the first, of others the last
        ("hours", "u1", (8,)),  # sessions in each three hours of the day (UTC)
        ("known", "u2"),  # sessions
        ("first_act", "u2"),  # minutes from the registration to the first act but a login, 65,535: none
        ("id_length", "u1"),
        ("told", "u1"),  # that it is dormant
        ("device_next", "u1"),
        ("ip_next", "u1"),
        ("circle_next", "u1"),
        ("sessions", "u1"),  # since `began`: sessions,
        ("known_ips", "u1"),  # those from an address known before,
        ("odd_hours", "u1"),  # those at hours not used before,
        ("acts", "u1"),  # acts on subjects,
        ("known_subjects", "u1"),  # those on subjects known before,
        ("other_entity", "u1"),  # account events that name the other entity, if it changed
        ("spare", "u1", (1,)),
    ]
)
NO_ACT = 65_535

ENTITY = np.dtype(
    [("key", "u8"), ("first", "u4"), ("live", "u4"), ("told", "u4"), ("over", "u4")]
)  # `told`: live accounts when it was last told; `over`: since when it is above the cap
SKELETON = np.dtype(
    [
        ("key", "u8"),
        ("closed_by", "u4"),  # the account that was closed with this name last
        ("closing", "u4"),  # which closing of all that was
        ("living", "u4"),  # accounts that have it
        ("holders", "u4"),  # accounts that took it so far
    ]
)
TRAIT = np.dtype(
    [
        ("key", "u8"),
        ("last", "u4"),  # the account registered last
        ("total", "u4"),  # registrations
        ("watched", "u4"),  # whether it is looked at again by itself
        ("at", "u4"),  # of the last
        ("recent", "f4"),  # registrations, decayed
        ("trait", "u4"),
    ]
)
# Traits are kept in sets of so many; the one that was quiet for longest makes room for another.
WAYS = 4
REGISTRATION = np.dtype(
    [("account", "u4"), ("at", "u4"), ("suspect", "u4"), ("spare", "u4")]
)  # `suspect`: many that share a trait with it came just before

# What the kernel tells: live accounts above the cap; a closed account's name again; somebody else uses the
# account; many registrations that share a trait.
CAP, NAME, MOVED, BURST = range(4)
NOTICE = np.dtype([("what", "i8"), ("row", "i8"), ("other", "i8"), ("event", "i8"), ("values", "f8", (8,))])
# Of one event.
MOST_NOTICES = 3 + len(TRAITS)

# Counters.
ACCOUNTS, ENTITIES, SKELETONS, REGISTERED, SETTLED, SETTLED_LATE, CLOSED = range(7)
USED = 7  # when the first event came that is no account event, s
COUNTERS = 8

# Places in `usual`, the shares that the stage learns from the stream.
(
    RECENT,  # registrations, decayed as those of a trait
    RECENT_AT,
    NEWCOMERS,  # registrations looked at an hour after, decayed
    IDLE,  # of these, without an act
    NEWCOMERS_LATE,  # the same six hours after
    IDLE_LATE,
    SHARED,  # registrations, decayed; then how many share each trait
) = range(7)
SESSIONS = SHARED + 1 + len(TRAITS)  # sessions of accounts known well, by class of how well
ODD = SESSIONS + 3  # of these, those at hours not used before
MOVES = ODD + 3  # devices and addresses all changed, by class
ENTITIES_SEEN = MOVES + 3  # account events with an entity of accounts with one
ENTITIES_CHANGED = ENTITIES_SEEN + 1  # of these, those with another one, where the rest stayed
NAMES_SEEN = ENTITIES_CHANGED + 1  # names by their length, folded, up to 15
NAMES_SHARED = NAMES_SEEN + 16  # of these, those that another living account had
NAMES_DISGUISED = NAMES_SHARED + 16  # names with characters that nobody sees, or of mixed scripts
USUAL = NAMES_DISGUISED + 1


class State(NamedTuple):
    """The arrays that the kernel works on."""

    accounts: np.ndarray
    accounts_dirty: np.ndarray
    accounts_slots: np.ndarray
    entities: np.ndarray
    entities_dirty: np.ndarray
    entities_slots: np.ndarray
    skeletons: np.ndarray
    skeletons_dirty: np.ndarray
    skeletons_slots: np.ndarray
    traits: np.ndarray
    traits_dirty: np.ndarray
    log: np.ndarray
    log_dirty: np.ndarray
    names: np.ndarray
    names_dirty: np.ndarray
    names_slots: np.ndarray
    letters: np.ndarray
    letters_dirty: np.ndarray
    names_used: np.ndarray
    ids: np.ndarray
    ids_dirty: np.ndarray
    ids_position: np.ndarray
    usual: np.ndarray  # float64 (1, USUAL)
    usual_dirty: np.ndarray
    counters: np.ndarray
