"""Labels as JSON: ids in place of indices, and counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import numpy as np

from detector.simulate.generate import Made
from detector.simulate.labels import distinct
from detector.simulate.traffic import COMMENT, TYPES, length


def labels_of(made: Made) -> dict[str, Any]:
    """What was staged, by id.

    Keys:
        parameters: those of the world.
        counts: events, fake and organic ones, fake and all by type, campaigns and innocents by name.
        campaigns: name, kinds (flags that find it), kind (the first of them), also (flags that are true of
            it as well), subjects (ids of accounts, honest contents, entities, topics), participants,
            contents (post ids and comments' event ids), start, end (ms), pace (burst or slow), role (or
            null), size (participants), events.
        innocents: kind, subjects, accounts, contents, start, end, events.
    """
    world, traffic = made.world, made.traffic
    ids, content_ids = world.people.ids, world.contents.ids
    label = traffic["label"]
    order = np.argsort(label, kind="stable")
    ordered = label[order]
    there = set(np.unique(traffic["content"]).tolist())

    def rows_of(value: int) -> np.ndarray[Any, np.dtype[np.intp]]:
        return order[np.searchsorted(ordered, value) : np.searchsorted(ordered, value, side="right")]

    campaigns = []
    for k, campaign in enumerate(world.labels.campaigns):
        mine = rows_of(k)
        actors = traffic["actor"][mine]
        participants = distinct([*actors[actors >= 0].tolist(), *campaign.participants])
        participants = [p for p in participants if p not in campaign.outsiders]
        contents = [content_ids[c] for c in distinct(campaign.contents) if c in there]
        if campaign.comments:
            contents += [made.event_ids[r] for r in mine.tolist() if traffic["type"][r] == COMMENT]
        campaigns.append(
            {
                "name": campaign.name,
                "kind": campaign.kinds[0],
                "kinds": list(campaign.kinds),
                "also": list(campaign.also),
                "subjects": [
                    *(ids[a] for a in campaign.accounts),
                    *(content_ids[c] for c in distinct(campaign.about)),
                    *(world.society.entities[e] for e in campaign.entities),
                    *campaign.topics,
                ],
                "participants": [] if campaign.solo else [ids[p] for p in participants],
                "contents": contents,
                "start": campaign.start,
                "end": campaign.end,
                "pace": campaign.pace,
                "role": campaign.role,
                "size": len(participants),
                "events": len(mine),
                "note": campaign.note,
            }
        )
    innocents = []
    for k, innocent in enumerate(world.labels.innocents):
        mine = rows_of(-2 - k)
        actors = traffic["actor"][mine]
        innocents.append(
            {
                "kind": innocent.kind,
                "subjects": [
                    *(ids[a] for a in distinct(innocent.subjects)),
                    *(world.society.entities[e] for e in innocent.entities),
                    *innocent.topics,
                ],
                "accounts": [ids[a] for a in distinct([*actors[actors >= 0].tolist(), *innocent.accounts])],
                "contents": [content_ids[c] for c in distinct(innocent.contents) if c in there],
                "start": innocent.start,
                "end": innocent.end,
                "events": len(mine),
                "note": innocent.note,
            }
        )
    fake = label >= 0
    kinds = traffic["type"]
    return {
        "parameters": msgspec.to_builtins(world.config),
        "counts": {
            "events": length(traffic),
            "fake": int(fake.sum()),
            "organic": int((~fake).sum()),
            "by_type": {t: int((kinds == i).sum()) for i, t in enumerate(TYPES)},
            "fake_by_type": {t: int(((kinds == i) & fake).sum()) for i, t in enumerate(TYPES)},
            "campaigns": dict(Counter(c["name"] for c in campaigns)),
            "innocents": dict(Counter(i["kind"] for i in innocents)),
        },
        "campaigns": campaigns,
        "innocents": innocents,
    }
