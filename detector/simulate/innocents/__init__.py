"""Innocents by name; each stages itself once and labels what it did."""

from __future__ import annotations

from collections.abc import Callable

from detector.simulate.innocents import (
    approved_transfer,
    bulletins,
    carrier_nat,
    celebrity,
    charity_slogan,
    entity_at_cap,
    fan_club,
    first_day,
    five_accounts,
    giveaway,
    greetings,
    honest_trend,
    invitations,
    media_house,
    new_account,
    poems,
    purge,
    quiet_night,
    recommendation_slot,
    scandal,
    scheduled_posts,
    school_address,
    service_first_day,
    starter_list,
    syndication,
    viral_post,
)
from detector.simulate.stage import Stage

Staged = Callable[[Stage], None]

INNOCENTS: dict[str, Staged] = {
    "approved_transfer": approved_transfer.stage,
    "bulletins": bulletins.stage,
    "carrier_nat": carrier_nat.stage,
    "celebrity": celebrity.stage,
    "charity_slogan": charity_slogan.stage,
    "entity_at_cap": entity_at_cap.stage,
    "fan_club": fan_club.stage,
    "first_day": first_day.stage,
    "five_accounts": five_accounts.stage,
    "giveaway": giveaway.stage,
    "greetings": greetings.stage,
    "honest_trend": honest_trend.stage,
    "invitations": invitations.stage,
    "media_house": media_house.stage,
    "new_account": new_account.stage,
    "poems": poems.stage,
    "purge": purge.stage,
    "quiet_night": quiet_night.stage,
    "recommendation_slot": recommendation_slot.stage,
    "scandal": scandal.stage,
    "scheduled_posts": scheduled_posts.stage,
    "school_address": school_address.stage,
    "service_first_day": service_first_day.stage,
    "starter_list": starter_list.stage,
    "syndication": syndication.stage,
    "viral_post": viral_post.stage,
}
