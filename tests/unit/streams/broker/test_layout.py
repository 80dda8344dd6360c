"""What a broker's folder holds."""

import socket
from pathlib import Path

from streams.broker import ports
from streams.broker.layout import Layout, Ports, cluster_id


def test_ports_are_read_back(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert layout.ports() is None
    layout.write(Ports(20001, 20002))
    assert layout.ports() == Ports(20001, 20002)


def test_cluster_ids_are_22_characters_and_never_look_like_an_option() -> None:
    ids = {cluster_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(each) for each in ids} == {22}
    assert not [each for each in ids if each.startswith("-")]


def test_free_ports_are_free_and_differ() -> None:
    clients, controller = ports.free()
    assert clients != controller
    with socket.create_server(("127.0.0.1", clients)):
        assert not ports.is_free(clients)
    assert ports.is_free(controller)
