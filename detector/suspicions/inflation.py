"""Settings of the suspicions about clicks, reposts and comments; each says where its default comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inflation:
    """Of `click_inflation`, `repost_inflation` or `comment_inflation`.

    Attributes:
        least: acts within half a day below which a content is not looked at.
        accounts: distinct ones behind them that a finding needs; a media house has ten or so, but it
            is no stranger to itself, and of comments two kinds of traits must speak.
        few: acts below which it takes `few_accounts`, and the exposures say nothing: so many come between two
            reports of what was shown. A farm's few devices show at once.
        few_accounts: a person has five accounts or so, a household or a desk fewer than ten.
        volume: surprise of the volume from which the log is examined.
        gate_share: surprise of any trait from which a content is judged.
        speaks: surprise of a trait that counts as one.
        company: the same of company: what people go for together, they go for again.
        core: surprise that the strongest trait besides history needs.
        inauthentic: surprise of all kinds of traits together (Fisher) that a finding needs. Some hundred
            contents of a million events have a volume as surprising, so one in ten thousand is named wrongly
            where the traits are calibrated.
        alone: surprise of what accounts do besides (engage, read) that needs no second trait. Of reposts: one
            in 3,000, among some hundred contents of a million events on which they are surprisingly many.
        crowd: accounts behind a count from which that they came out of nowhere needs no second trait either;
            the accounts of a media house are fewer, or at one address.
        often_alone: surprise of how many come back on purpose that needs none either, where most do; readers
            of a running report do so too, and teach it. The same of company that strangers keep.
        keen: accounts that come back, and had come with a crowd to others, before they speak; a team has as
            many.
        history_most: what history, or the proportion of those who act to those who read, can add at most: a
            class that joins together is new as a whole.
        worth: surprise of all the evidence from which a finding is handed on to its case.
        settle_ms: a content about which there was a finding is looked at once more after so long.
        hold_ms: for so long its author's baseline learns no bursts.
        participants: named at most.
    """

    least: int = 30
    accounts: int = 3
    few: int = 0
    few_accounts: int = 10
    volume: float = 4.0
    gate_share: float = 1.3
    speaks: float = 1.3
    company: float = 1.3
    core: float = 1.5
    inauthentic: float = 3.0
    alone: float = 5.0
    crowd: int = 15
    often_alone: float = 6.0
    keen: int = 10
    history_most: float = 4.0
    worth: float = 5.0
    settle_ms: int = 30 * 60_000
    hold_ms: int = 2 * 86_400_000
    participants: int = 10_000


CLICKS = Inflation(least=12, few=30)
REPOSTS = Inflation(least=10, accounts=12, company=2.5, alone=3.5)
COMMENTS = Inflation(least=6, accounts=6, company=2.5)
