"""What happens to everybody at once in the soak: workers that are killed, and a Redis server that is not there."""

import multiprocessing
import socket

import trio

# What was written survives the process, if not the machine.
LASTING = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")


class Redis:
    """The server of durable streams, and its troubles."""

    def __init__(self, server):
        self._server = server
        self.url = server.url

    def kill(self):
        """Kill it for good."""
        self._server.kill()

    async def keys(self):
        """Return how many keys there are that do not belong to Redis itself."""
        return int(self._command("DBSIZE").removeprefix(b":"))

    def pause(self):
        """Let it answer nobody for a while."""
        self._command("CLIENT PAUSE 100 ALL")

    def drop(self):
        """Let it close every connection."""
        self._command("CLIENT KILL TYPE pubsub")
        self._command("CLIENT KILL TYPE normal SKIPME yes")

    async def restart(self):
        """Kill it, and start it again; it has its data."""
        await trio.to_thread.run_sync(self._server.kill)
        await trio.to_thread.run_sync(self._server.start, *LASTING)

    def _command(self, text):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(self.url.removeprefix("unix://"))
            connection.sendall(text.encode() + b"\r\n")
            return connection.recv(1000).strip()


class Troubles:
    """All that can happen, at random.

    Args:
      redis: the server.
      chance: decides.
      counts: counts what has happened.
    """

    def __init__(self, redis, chance, counts):
        self._redis = redis
        self._chance = chance
        self._counts = counts

    async def go_on(self):
        """Let something happen about once in a second, until cancelled."""
        while True:
            await trio.sleep(self._chance.uniform(0.2, 2))
            match self._chance.randrange(8):
                case 0 | 1 | 2:
                    self._kill_worker()
                case 3 | 4:
                    self._redis.pause()
                    self._counts["Redis was paused"] += 1
                case 5 | 6:
                    self._redis.drop()
                    self._counts["Redis has dropped its connections"] += 1
                case _:
                    # Half a restart would be the end of the whole test.
                    with trio.CancelScope(shield=True):
                        await self._redis.restart()
                    self._counts["Redis was restarted"] += 1

    def _kill_worker(self):
        workers = multiprocessing.active_children()
        if workers:
            self._chance.choice(workers).kill()
            self._counts["a worker was killed"] += 1
