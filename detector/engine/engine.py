"""The engine put together: the stages' settings and makers, and all of them in one process.

On Kafka each stage's shards work on partitions of their own (see streams/pipeline); here they are called one
after another. Both give the same flags, since what a stage says depends on the ticks and their rows alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from detector.cases.crews import CREW, Crew
from detector.cases.findings import Finding
from detector.cases.rules import Rules
from detector.engine.accounts import AccountsStage
from detector.engine.actors import Actors
from detector.engine.cases import Cases
from detector.engine.company import Company
from detector.engine.contents import Contents
from detector.engine.engagement import Engagement
from detector.engine.ordering import merged
from detector.engine.routing import ACTORS_BY, SUBJECTS_BY, split, with_company, with_contents
from detector.engine.rows import Batch
from detector.engine.spans import Span, Splitter
from detector.engine.subjects import Subjects
from detector.engine.together import Together
from detector.engine.topics import Topics
from detector.suspicions.accounts import Accounts
from detector.suspicions.batch_posting import BatchPosting
from detector.suspicions.comment_flood import CommentFlood
from detector.suspicions.copied_original import CopiedOriginal
from detector.suspicions.inflation import CLICKS, COMMENTS, REPOSTS, Inflation
from detector.suspicions.settings import Follows, Lockstep, TopicInflation

VERSION = "1.0.0"
# The kinds of evidence are fixed models; their version is that of the code that fits them to the stream.
MODEL = "baseline/1"

PARAMETERS: dict[str, dict[str, str]] = {
    "follower_jump": {"": "follows"},
    "follower_drop": {"": "follows"},
    "forced_subscription": {"": "follows"},
    "batch_posting": {"": "posting"},
    "copied_original": {"": "copying"},
    "lockstep": {"": "lockstep"},
    "entity_cap": {"": "accounts"},
    "dormant_account": {"": "accounts"},
    "name_reuse": {"": "accounts"},
    "account_transfer": {"": "accounts"},
    "bulk_registration": {"": "accounts"},
    "topic_inflation": {"": "topics"},
    "click_inflation": {"": "clicks"},
    "repost_inflation": {"": "reposts"},
    "comment_inflation": {"": "comments", "flood_": "flooding"},
}
"""Every kind that can be found, and the fields of `Settings` with the parameters of its suspicions, by what
stands before their names in a rule pack."""


@dataclass(frozen=True)
class Settings:
    """What the engine's results depend on.

    Attributes:
        shards: of the actors' and subjects' stages; what is usual is learnt in each of them by itself.
        tick_ms, lateness_ms: of the grid, and allowed.
        budget: false alarms in a million events.
        blast_radius: new flags of a kind in an hour from which a sudden excess is held; 0: never.
        rules: of the kinds.
        recent_ids: ids that a shard of the actors' stage surely remembers.
        follows_logged: follows and unfollows that a shard of the subjects' stage remembers; a power of two.
        engagements_logged: clicks, reposts, comments and exposures that it remembers; a power of two.
        follows, posting, copying, flooding, lockstep, accounts, topics, clicks, reposts, comments: of the
            suspicions.
        crew: what makes a crowd one of accounts that other flags have named.
    """

    shards: int = 4
    tick_ms: int = 60_000
    lateness_ms: int = 120_000
    budget: float = 1.0
    blast_radius: int = 100
    rules: Rules = field(default_factory=dict)
    recent_ids: int = 1 << 20
    follows_logged: int = 1 << 20
    engagements_logged: int = 1 << 18
    follows: Follows = field(default_factory=Follows)
    posting: BatchPosting = field(default_factory=BatchPosting)
    copying: CopiedOriginal = field(default_factory=CopiedOriginal)
    flooding: CommentFlood = field(default_factory=CommentFlood)
    lockstep: Lockstep = field(default_factory=Lockstep)
    accounts: Accounts = field(default_factory=Accounts)
    topics: TopicInflation = field(default_factory=TopicInflation)
    clicks: Inflation = CLICKS
    reposts: Inflation = REPOSTS
    comments: Inflation = COMMENTS
    crew: Crew = CREW

    @property
    def versions(self) -> dict[str, str]:
        """Of detector, rules and model, as every flag names them."""
        rules = msgspec.json.encode(asdict(self), order="sorted")
        return {"detector": VERSION, "rules": hashlib.sha256(rules).hexdigest()[:16], "model": MODEL}

    def actors(self) -> Actors:
        return Actors(self.tick_ms, recent_ids=self.recent_ids)

    def subjects(self) -> Together:
        return Together(
            follows=Subjects(self.tick_ms, self.follows, log=self.follows_logged),
            engagement=Engagement(
                self.tick_ms, (self.clicks, self.reposts, self.comments), log=self.engagements_logged
            ),
        )

    def contents(self) -> Contents:
        return Contents(self.tick_ms, self.posting, self.copying, self.flooding)

    def company(self) -> Together:
        return Together(
            company=Company(self.tick_ms, self.lockstep),
            accounts=AccountsStage(self.tick_ms, self.accounts),
            topics=Topics(self.tick_ms, self.topics),
        )

    def cases(self) -> Cases:
        return Cases(self.tick_ms, self.budget, self.versions, self.rules, self.blast_radius, self.crew)

    def tune(self, name: str, stage: Any) -> None:
        """Gives a stage at work, of that name, these parameters and rules; what sizes its state stays."""
        match name:
            case "subjects":
                stage["follows"].settings = self.follows
                stage["engagement"].settings = (self.clicks, self.reposts, self.comments)
            case "contents":
                stage.tune(self.posting, self.copying, self.flooding)
            case "company":
                stage["company"].settings = self.lockstep
                stage["accounts"].settings = self.accounts
                stage["topics"].tune(self.topics)
            case "cases":
                stage.versions, stage.rules = self.versions, self.rules


class Engine:
    """All stages in one process.

    Attributes:
        late: events later than allowed so far.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        shards = range(settings.shards)
        self._splitter = Splitter(0, settings.tick_ms, settings.lateness_ms)
        self._actors = [settings.actors() for _ in shards]
        self._subjects = [settings.subjects() for _ in shards]
        self._contents, self._company = settings.contents(), settings.company()
        self._cases = settings.cases()

    def push(self, batch: Batch) -> list[tuple[str, bytes]]:
        """Takes events in the order of arrival. Returns (subject, flag as JSON) of what came of them."""
        self._splitter.push(batch)
        return self._work(self._splitter.close())

    def finish(self) -> list[tuple[str, bytes]]:
        """Works off what still waits for its tick to close."""
        return self._work(self._splitter.release())

    @property
    def late(self) -> int:
        return self._splitter.late

    @property
    def duplicates(self) -> int:
        """Events left out because their id had been seen."""
        return sum(actors.duplicates for actors in self._actors)

    @property
    def shadowed(self) -> dict[str, int]:
        """Flags that kinds in the shadow would have had, by kind."""
        return self._cases.shadowed

    @property
    def nbytes(self) -> int:
        """Bytes of state in use."""
        stages: Sequence[Any] = [*self._actors, *self._subjects, self._contents, self._company]
        return sum(
            getattr(stage, "nbytes", sum(table.nbytes for table in stage.tables())) for stage in stages
        )

    def _work(self, span: Span) -> list[tuple[str, bytes]]:
        upto, shards = span.upto, self._settings.shards
        acted = merged(
            [
                actors.step(upto, rows)
                for actors, rows in zip(self._actors, split(span.batch, ACTORS_BY, shards), strict=True)
            ]
        )
        findings: list[Finding] = []
        for subjects, rows in zip(self._subjects, split(acted, SUBJECTS_BY, shards), strict=True):
            findings += subjects.step(upto, rows)
        findings += self._contents.step(upto, with_contents(acted))
        findings += self._company.step(upto, with_company(acted))
        return self._cases.step(upto, findings)
