"""Settings of the suspicions; each says where its default comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Follows:
    """Of `follower_jump` and `follower_drop`.

    Attributes:
        least: follows (unfollows) below which nothing is looked at. On the bought stars, 5 within a month on
            one target cover 67 % of them.
        gate: surprise of the volume from which the evidence is gathered at all; below it only company is.
        company_level: accounts that share one other target from which the evidence is gathered.
        company_least: accounts that share one other target before they are called a company.
        volume: surprise of the volume that a finding needs, when provenance speaks; that of a trickle at some
            times the usual rate. All the evidence together has to be far beyond it.
        inauthentic: surprise of provenance or company that a finding needs.
        trait_alone: surprise of the actors' history, or devices, that needs no second trait: early in a
            stream the others are usual.
        serial_alone: the same of those who come with crowds; honest fans are now and then.
        worth: surprise of all the evidence from which a finding is handed on to its case.
        company_alone: surprise of the company that needs no surprising volume: a steady trickle of bought
            followers becomes its own baseline, their company does not.
        company_places: addresses that they must be at: one person's accounts are at home and at work.
        company_trait: share of all in the window that must keep company for it to be a trait of the crowd.
        company_named: accounts that must keep company then: half of those that a finding names at least.
        closer: how much closer the circle is taken to be when company alone is the reason.
        company_share: share of all in the window that must keep it then; or another trait speaks, and
        company_volume: the surprise of the volume is at least this.
        company_led: share of a company that had clicked, reposted or commented on something of the account,
            or of another that they followed along with it, from which they may well be the readers of two
            accounts of one author, who come one by one: then its count has to be surprising, and
        company_all_led: the share from which another trait has to speak too, since such accounts grow
            together. Where most follow by way of content, four in five of the honest do.
        rush: surprise of a crowd out of nowhere that speaks for itself. Some 100,000 windows of subjects are
            looked at in a million events, so one in 10^7 of them is a false one in a hundred million.
        rush_least: such followers, from different addresses, below which it does not; where no addresses are
            told it takes `named_least`.
        known_ms: an account known for less has no usual rate, and whoever joins is welcomed by many.
        held_ms: nothing is learnt of a subject's counts for so long after a finding.
        forced_share: share of followers without a touch of their own from which they are taken for victims.
        forced_least: such followers below which chance may have made so many of so few.
        forced_cold: share of them that must have had nothing to do with the account.
        settle_ms, attend_ms: a subject about which there was a finding is looked at again after so long, then
            ever later, until that late.
        named_least: accounts that a finding has to name; what fewer do is looked at again, and may grow. One
            person may well have five, a family or a team on its first day has as many.
        rush_named: the same of a crowd out of nowhere: of a household or a team there counts one a place, and
            who is led there by a list or by whoever invited him is left aside.
        participants: named at most.
    """

    least: int = 5
    gate: float = 2.0
    company_level: int = 2
    company_least: int = 3
    volume: float = 1.0
    inauthentic: float = 3.0
    rush: float = 6.5
    rush_least: int = 6
    known_ms: int = 24 * 3_600_000
    held_ms: int = 6 * 3_600_000
    forced_share: float = 0.5
    forced_least: int = 3
    forced_cold: float = 0.5
    settle_ms: int = 30 * 60_000
    attend_ms: int = 24 * 3_600_000
    trait_alone: float = 4.0
    serial_alone: float = 6.0
    worth: float = 5.0
    company_alone: float = 7.0
    company_places: int = 4
    company_trait: float = 0.15
    company_named: int = 5
    closer: float = 5.0
    company_share: float = 0.7
    company_volume: float = 1.0
    company_led: float = 0.5
    company_all_led: float = 0.75
    named_least: int = 10
    rush_named: int = 6
    participants: int = 10_000


FOLLOWS = Follows()


@dataclass(frozen=True, slots=True)
class Lockstep:
    """Of `lockstep`.

    Attributes:
        least: accounts of a ring; one person may well have five.
        support: contents on which they acted together.
        together: members on a content within ten minutes before it counts.
        faithful: share of the contents on which a member took part, and two at least.
        alike: cosine of the accounts on two contents from which they are of one ring; three accounts at
            least. Where half take part each time, half of those do again, more or less; of a crowd few do.
        horizon_ms: acts older than this are left aside.
        company: surprise of the company that a finding needs, when a trait of the acts speaks too.
        speaks: surprise of a trait that counts.
        company_alone: surprise of the company that speaks for itself.
        participants: named at most.
    """

    least: int = 10
    support: int = 3
    together: int = 3
    faithful: float = 0.15
    alike: float = 0.34
    horizon_ms: int = 7 * 86_400_000
    company: float = 8.0
    speaks: float = 1.5
    company_alone: float = 16.0
    participants: int = 10_000


LOCKSTEP = Lockstep()


@dataclass(frozen=True, slots=True)
class TopicInflation:
    """Of `topic_inflation`.

    Attributes:
        least: accounts of a circle, and posts and closed acts from which a topic is looked at: a house has a
            dozen accounts that repost one another, a family fewer.
        ties: others of the circle that each of it is tied to, by a repost or comment one way or the other.
            Where accounts have less than one tie on average, chance leaves no such circle (Erdos and Renyi,
            1960).
        regular: accounts of the circle that somebody acts on who is no reader by chance; one more, and he is
            taken to be one of them.
        growth: of a topic's entries within two days from which it is looked at again.
        gate: surprise of the acts of those who have posted or acted on the topic before, taken one by one,
            from which it is looked at.
        prior, weight: the share of acts that is closed before the stream has taught it, in acts.
        correlation, days: how alike the acts on one topic are before the stream has taught it, in days of
            topics.
        volume: surprise of the volume that a finding needs.
        closed: surprise of the closed acts, together.
        inauthentic: surprise of provenance.
        acquainted: share of the ties that may have been there before; more are friends.
        participants: named at most.
    """

    least: int = 14
    ties: int = 2
    regular: int = 2
    growth: float = 0.1
    gate: float = 6.0
    prior: float = 0.05
    weight: float = 100.0
    correlation: float = 0.15
    days: float = 30.0
    volume: float = 2.0
    closed: float = 4.0
    inauthentic: float = 1.5
    acquainted: float = 0.5
    participants: int = 10_000


TOPICS = TopicInflation()
