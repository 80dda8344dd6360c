"""What can go wrong with the local broker."""


class BrokerError(Exception):
    """A broker could not be prepared, started, reached or stopped; the message says why and what to do."""
