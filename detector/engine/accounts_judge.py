"""From what the kernel of the accounts' stage has told to findings: gathers the evidence of one subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.cases.findings import Finding
from detector.engine import accounts_bulk as bulk
from detector.engine import accounts_rows as rows
from detector.suspicions import account_transfer, bulk_registration, dormant_account, entity_cap, name_reuse

if TYPE_CHECKING:
    from detector.engine.accounts import AccountsStage

_SAMPLES = 10
# Of a campaign the accounts of so long are looked at together: it registers within hours.
_CAMPAIGN_SECONDS = 6 * 3600
_MOST = 2_048
# Before so many registrations nobody knows what is usual to share.
_WARM = 100
# A group is the same campaign as one named before when it shares something with this share of its accounts.
_LINKED = 0.1


class Judge:
    """Reads the stage's state at the end of a tick."""

    def __init__(self, stage: AccountsStage) -> None:
        self._stage = stage

    def cap(self, row: int, end: int) -> Finding | None:
        """About an entity above the cap; None while it has hardly grown since it was told."""
        settings, entity = self._stage.settings, self._stage.entities.rows[row]
        live, told = int(entity["live"]), int(entity["told"])
        # Every account is walked over: of a large entity not for each new one.
        if live <= settings.cap or live < told + max(1, told // 50):
            return None
        entity["told"] = live
        self._stage.entities.dirty[row] = 1
        accounts, members = self._stage.accounts.rows, []
        at = int(entity["first"])
        while at:
            members.append(at - 1)
            at = int(accounts["next"][at - 1])
        chosen = np.array(members[::-1])
        name = self._stage.names.get_many(self._stage.entities.rows["key"][[row]])[0]
        since = int(accounts["entered"][chosen].min()) * 1000
        over = int(entity["over"]) * 1000
        return entity_cap.judge(name, end, since, over, self._names(chosen), self._samples(chosen), settings)

    def name(
        self, row: int, closed: int, values: list[float], event: dict[str, str], end: int
    ) -> Finding | None:
        """About an account with the name of a closed one."""
        accounts, usual, length = self._stage.accounts.rows, self._stage.usual, int(values[0])
        seen, shared = (usual[at : at + 16] for at in (rows.NAMES_SEEN, rows.NAMES_SHARED))
        among = name_reuse.Names(
            float(seen[length]),
            float(shared[length]),
            float(seen.sum()),
            float(shared.sum()),
            float(usual[rows.NAMES_DISGUISED]),
            int(values[2]),
            int(self._stage.counters[rows.SKELETONS]),
        )
        account, before = self._names(np.array([row, closed]))
        return name_reuse.judge(
            account,
            before,
            event["extra"],
            end,
            int(accounts["last"][row]) * 1000,
            int(accounts["closed"][closed]) * 1000,
            among,
            bool(accounts["name"][row] == accounts["name"][closed]),
            bool(values[1]),
            [*self._samples(np.array([closed])), event["id"]],
            self._stage.settings,
        )

    def moved(self, row: int, values: list[float], event: dict[str, str], end: int) -> Finding | None:
        """About an account that somebody else uses."""
        sessions, known_ips, odd, acts, subjects, entity, began, known = (int(value) for value in values)
        moved = account_transfer.Moved(sessions, known_ips, odd, acts, subjects, entity, began * 1000, known)
        account = event["actor"]
        return account_transfer.judge(
            account, end, moved, self._stage.usual, [event["id"]], self._stage.settings
        )

    def dormant(self, found: np.ndarray, end: int) -> list[Finding]:
        """About accounts without use."""
        last = self._stage.accounts.rows["last"][found].astype(np.int64) * 1000
        return [
            dormant_account.judge(name, end, at, self._stage.settings)
            for name, at in zip(self._names(found), last.tolist(), strict=True)
        ]

    def registered(self, row: int, end: int) -> Finding | None:
        """About the accounts that share a trait, at the time `end`."""
        stage = self._stage
        stage.settle(end // 1000)
        accounts, trait = stage.accounts.rows, stage.traits.rows[row]
        number = int(trait["trait"])
        since = int(trait["at"]) - _CAMPAIGN_SECONDS
        room = np.empty(_MOST, np.int64)
        found = room[: bulk.members(accounts, trait["last"], number, since, room)][::-1]
        if len(found) < stage.settings.least:
            return None
        usual, log, registered = stage.usual, stage.log.rows, int(stage.counters[rows.REGISTERED])
        within = bulk.latest(log, registered, since)
        before = registered - within
        if before < _WARM:
            return None
        share = (max(int(trait["total"]) - len(found), 0) + 0.5) / (before + 50.0)

        def others() -> np.ndarray:
            of = bulk.latest(log, registered, int(trait["at"]) - bulk.SPAN_SECONDS)
            day = log["account"][np.arange(registered - of, registered) % len(log)]
            return np.asarray(accounts["circle"][np.setdiff1d(day, found)])

        group = bulk_registration.Registered(
            end,
            number,
            share * within,
            found,
            accounts["registered"][found].astype(np.int64),
            accounts["first_act"][found],
            accounts["peers"][found] > 0,
            accounts["entity"][found],
            accounts["circle"][found],
            (accounts["key"][found] >> np.uint64(48)).astype(np.uint16),
            others,
            _share(usual, rows.IDLE, rows.NEWCOMERS),
            _share(usual, rows.IDLE_LATE, rows.NEWCOMERS_LATE),
            usual[rows.SHARED + 1 : rows.SHARED + 1 + len(rows.TRAITS)] / max(usual[rows.SHARED], 1.0),
            float(usual[rows.SHARED]),
        )
        judged = bulk_registration.judge(group, stage.settings)
        if judged is None:
            return None
        signals, chosen = judged
        taken, near = found[chosen], log["account"][np.arange(registered - within, registered) % len(log)]
        farm = np.empty(0, np.int64)
        if number == rows.OF_DEVICE:
            farm = bulk_registration.farm(accounts["company"][near], accounts["peers"][near, number] > 0)
        seed = self._company(taken, farm)
        others_of = np.setdiff1d(near[np.isin(accounts["company"][near], farm)], taken)
        if len(others_of):
            signals = [*signals, bulk_registration.beside(len(others_of))]
            taken = np.concatenate((taken, others_of))
        return bulk_registration.finding(
            group,
            signals,
            accounts["registered"][taken].astype(np.int64),
            self._names(np.array([seed]))[0],
            self._names(taken),
            self._samples(taken),
            stage.settings,
        )

    def _company(self, taken: np.ndarray, farm: np.ndarray) -> int:
        """The account that a group is known by: its first, or that of the group it hangs together with.

        Args:
            taken: rows of its accounts.
            farm: rows plus one of the accounts that other groups of the same farm are known by.
        """
        accounts = self._stage.accounts
        # Their own, and of those registered just before who share anything with them.
        peers = accounts.rows["peers"][taken].ravel().astype(np.int64)
        near = np.concatenate((taken, peers[peers > 0] - 1))
        companies, counts = np.unique(accounts.rows["company"][near], return_counts=True)
        named = companies > 0
        if named.any() and int(counts[named].max()) >= max(2, _LINKED * len(taken)):
            seed = int(companies[named][np.argmax(counts[named])])
        elif len(farm):
            seed = int(farm[0])
        else:
            seed = int(taken[0]) + 1
        mine = taken[accounts.rows["company"][taken] == 0]
        accounts.rows["company"][mine] = seed
        accounts.dirty[mine] = 1
        return seed - 1

    def _names(self, found: np.ndarray) -> list[str]:
        return self._stage.names.get_many(self._stage.accounts.rows["key"][found])

    def _samples(self, found: np.ndarray) -> list[str]:
        """Ids of the account events that are remembered of some accounts."""
        of = self._stage.accounts.rows[found[:_SAMPLES]]
        of = of[of["id_length"] > 0]
        return self._stage.ids.get_many(of["id_at"], of["id_length"])


def _share(usual: np.ndarray, part: int, whole: int) -> tuple[float, float]:
    of = float(usual[whole])
    return float(usual[part]) / max(of, 1.0), of
