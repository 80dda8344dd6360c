"""The seven kinds of events, as they must look when they arrive.

An optional field that is `null` is an absent one. Unknown fields are ignored; of a repeated key the last
counts. What msgspec cannot say (an anonymous click needs a device or an address, a post needs text, links or
media, no id holds a NUL, a time in words) is checked where the rows are made.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

YEAR_2000 = 946_684_800_000
YEAR_2100 = 4_102_444_800_000
LIST_MAX = 32
TEXT_MAX = 65_536
# What a row's heap can hold of a string whose length the contract leaves open: 65,535 bytes of UTF-8.
NAME_MAX = 16_383
_INT64 = 2**63 - 1

EventId = Annotated[str, Meta(min_length=1, max_length=128)]
AccountId = Annotated[str, Meta(min_length=1, max_length=256)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX)]
Label = Annotated[str, Meta(max_length=NAME_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_MAX)]
Items = Annotated[tuple[str, ...], Meta(max_length=LIST_MAX)]
# An RFC 3339 string is read by the kernel; its range is checked there.
When = Annotated[int, Meta(ge=YEAR_2000, lt=YEAR_2100)] | Annotated[str, Meta(max_length=64)]
Registered = Annotated[int, Meta(ge=0, lt=YEAR_2100)]
Amount = Annotated[int, Meta(ge=0, le=_INT64)]
Impressions = Annotated[int, Meta(ge=1, le=_INT64)]


class Event(Struct, tag_field="type", gc=False, kw_only=True):
    """What every event says, beside its `actor`: optional for clicks and exposures."""

    id: EventId
    ts: When
    ip: str | None = None
    device: str | None = None
    source: str | None = None
    actor_created: Registered | None = None


class Subscription(Event, tag="subscription", kw_only=True):
    """`actor` follows, or no longer follows, the public account `target`."""

    actor: AccountId
    target: Name
    action: Literal["subscribe", "unsubscribe"]


class Click(Event, tag="click", kw_only=True):
    """Somebody, perhaps unknown, opened `content` of `author`."""

    actor: AccountId | None = None
    content: Name
    author: Name
    dwell_ms: Amount | None = None


class Repost(Event, tag="repost", kw_only=True):
    """`actor` passed `content` on, perhaps with words of its own."""

    actor: AccountId
    content: Name
    author: Name
    text: Text | None = None
    links: Items | None = ()
    media: Items | None = ()


class Comment(Event, tag="comment", kw_only=True):
    """`actor` wrote `text` below `content`."""

    actor: AccountId
    content: Name
    author: Name
    text: Text
    links: Items | None = ()
    media: Items | None = ()


class Post(Event, tag="post", kw_only=True):
    """`actor` published `content`."""

    actor: AccountId
    content: Name
    text: Text
    links: Items | None = ()
    media: Items | None = ()
    original: bool | None = None
    credit: str | None = None
    topic: Label | None = None


class Account(Event, tag="account", kw_only=True):
    """Something happened to the account `actor` itself."""

    actor: AccountId
    action: Literal["register", "login", "rename", "transfer", "close"]
    entity: Label | None = None
    name: str | None = None


class Exposure(Event, tag="exposure", kw_only=True):
    """The platform showed `content` of `author` `count` times."""

    actor: AccountId | None = None
    content: Name
    author: Name
    count: Impressions


KINDS: tuple[type[Event], ...] = (Subscription, Click, Repost, Comment, Post, Account, Exposure)
AnyEvent = Subscription | Click | Repost | Comment | Post | Account | Exposure
