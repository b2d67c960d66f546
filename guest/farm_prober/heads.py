"""Probers show each other the end of their logs: who rewrites one log would have to rewrite both."""

import asyncio
import json
import re
import sys

PATIENCE = 5


def address_of(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class Heads:
    """Answers the other probers, and nobody else, with the head of the log; asks them for theirs."""

    def __init__(self, settings, log):
        self.log = log
        self.peers = settings.get("peers", [])
        self.listen = settings.get("listen")
        self.known = {address_of(peer["address"])[0] for peer in self.peers}
        self.server = None

    async def serve(self):
        """Opens the port, if it is not open. Without it the others see nothing, and all else goes on."""
        if self.server is not None or not self.listen:
            return
        host, port = address_of(self.listen)
        try:
            self.server = await asyncio.start_server(self.answer, host, port, limit=1024)
        except OSError as error:
            print(f"prober: {self.listen} cannot be opened: {error}", file=sys.stderr, flush=True)

    async def answer(self, _reader, writer):
        try:
            if writer.get_extra_info("peername")[0] in self.known:
                seq, own = self.log.head
                text = json.dumps({"prober": self.log.prober, "seq": seq, "hash": own})
                writer.write(text.encode() + b"\n")
                await asyncio.wait_for(writer.drain(), PATIENCE)
        except (OSError, asyncio.TimeoutError):
            pass  # it asks again
        finally:
            writer.close()

    async def see(self, peer):
        """What the other's log ends with, as the facts of a line; None when it does not say."""
        host, port = address_of(peer["address"])
        # From the address that the other one knows.
        local = (address_of(self.listen)[0], 0) if self.listen else None
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(host, port, limit=1024, local_addr=local), PATIENCE
            )
            try:
                said = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE))
            finally:
                writer.close()
            seq, seen = said["seq"], said["hash"]
            if said["prober"] != peer["prober"] or type(seq) is not int or not 0 <= seq < 2**53:
                return None
            return {"of": peer["prober"], "seenSeq": seq, "seenHash": seen} if re.fullmatch("[0-9a-f]{64}", seen) else None
        except (OSError, asyncio.TimeoutError, ValueError, KeyError, TypeError):
            return None

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None
