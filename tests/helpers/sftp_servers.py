"""SFTP servers on 127.0.0.1 that run for one test, and servers that fall silent."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(kind)


def known_hosts_line(port: int, key: asyncssh.SSHKey) -> str:
    """The line that `ssh-keyscan -p PORT 127.0.0.1` prints for a server with this key."""
    return f"[127.0.0.1]:{port} {key.export_public_key().decode()}"


@contextmanager
def running(serve: Coroutine[Any, Any, asyncio.AbstractServer | asyncssh.SSHAcceptor]) -> Iterator[None]:
    """Run a server in a thread of its own, which has the permissions of the calling thread."""
    loop, ready, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def run() -> None:
        server = await serve
        ready.set()
        await done.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)


@contextmanager
def sftp_server(folder: Path, key: asyncssh.SSHKey, *host_keys: asyncssh.SSHKey, port: int = 0) -> Iterator[int]:
    """An SFTP server that serves a folder to clients that have the key; yields its port."""
    port = port or free_port()
    allowed = folder.parent / "authorized_keys"
    allowed.write_bytes(key.export_public_key())
    serve = asyncssh.listen(
        "127.0.0.1",
        port,
        server_host_keys=list(host_keys) or [new_key()],
        authorized_client_keys=str(allowed),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=bytes(folder)),
    )

    async def awaited() -> asyncssh.SSHAcceptor:
        return await serve

    with running(awaited()):
        yield port


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that accepts connections and never says anything; yields its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@dataclass
class Relay:
    """Passes bytes on to a server and back, as long as `is_silent` is false; `port` is its own."""

    port: int
    is_silent: bool = False


@contextmanager
def relay(to_port: int) -> Iterator[Relay]:
    """A relay in front of a server on this machine, which can be made silent without closing its connections."""
    relayed = Relay(free_port())

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            if not relayed.is_silent:
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = await asyncio.open_connection("127.0.0.1", to_port)
        await asyncio.gather(pass_on(reader, to_server[1]), pass_on(to_server[0], writer))

    with running(asyncio.start_server(connect, "127.0.0.1", relayed.port)):
        yield relayed
