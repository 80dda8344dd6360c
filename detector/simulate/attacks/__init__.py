"""Attacks by name; each stages itself once and labels what it did."""

from __future__ import annotations

from collections.abc import Callable

from detector.simulate.attacks import (
    account_transfer,
    batch_posting,
    bought_followers,
    bulk_registration,
    click_farm,
    comment_flood,
    copied_original,
    distributed_clicks,
    dormant_account,
    drip_followers,
    entity_cap,
    forced_subscription,
    framing,
    hot_topic,
    name_reuse,
    package,
    rented_followers,
    repost_ring,
    viral_cover,
    withdrawn_followers,
)
from detector.simulate.stage import Stage

Attack = Callable[[Stage], None]

ATTACKS: dict[str, Attack] = {
    "account_transfer": account_transfer.stage,
    "batch_posting": batch_posting.stage,
    "bought_followers": bought_followers.stage,
    "bulk_registration": bulk_registration.stage,
    "click_farm": click_farm.stage,
    "comment_flood": comment_flood.stage,
    "copied_original": copied_original.stage,
    "distributed_clicks": distributed_clicks.stage,
    "dormant_account": dormant_account.stage,
    "drip_followers": drip_followers.stage,
    "entity_cap": entity_cap.stage,
    "forced_subscription": forced_subscription.stage,
    "framing": framing.stage,
    "hot_topic": hot_topic.stage,
    "name_reuse": name_reuse.stage,
    "package": package.stage,
    "rented_followers": rented_followers.stage,
    "repost_ring": repost_ring.stage,
    "viral_cover": viral_cover.stage,
    "withdrawn_followers": withdrawn_followers.stage,
}
