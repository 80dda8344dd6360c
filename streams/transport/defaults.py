"""Settings of Faust that the transport is built and measured for."""

from typing import Any

from mode.supervisors import CrashingSupervisor


def broker_url(bootstrap: str) -> str:
    """Faust's form of a list of brokers.

    >>> broker_url("a:9092, b:9092")
    'kafka://a:9092;kafka://b:9092'
    """
    return ";".join(f"kafka://{address.strip()}" for address in bootstrap.split(","))


def faust_settings() -> dict[str, Any]:
    """Keyword arguments for `faust.App`; any of them can be overridden."""
    return {
        "agent_supervisor": CrashingSupervisor,
        "autodiscover": False,
        "broker_commit_interval": 1.0,
        "broker_heartbeat_interval": 3.0,
        "broker_max_poll_records": 5000,
        "broker_request_timeout": 90.0,
        # A killed worker is missed, and its partitions lie idle, for so long.
        "broker_session_timeout": 15.0,
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 4 << 20,
        # Topics that are made later are found within this time.
        "consumer_metadata_max_age_ms": 30_000,
        "producer_acks": -1,
        # What is large is compressed before it comes here, or not worth it.
        "producer_compression_type": None,
        "producer_linger": 0.0,
        "producer_max_batch_size": 262_144,
        "stream_buffer_maxsize": 65_536,
        "stream_wait_empty": False,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }
