"""An SMTP server for the journeys: each mail that arrives becomes a file in the folder that is the only argument.

It takes a free port, says which on standard output, and ends when its standard input does.
"""

import asyncio
import itertools
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Folder:
    """Keeps what arrives, under names in the order of arrival. Whoever watches the folder sees whole mails only."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        to = ", ".join(envelope.rcpt_tos)
        head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {to}\r\n"
        name = f"{next(self.numbers):06}.eml"
        draft = self.folder / f".{name}.draft"
        draft.write_bytes(head.encode() + envelope.content)
        draft.rename(self.folder / name)
        return "250 OK"


async def main(folder):
    loop = asyncio.get_running_loop()
    kept = Folder(folder)
    server = await loop.create_server(lambda: SMTP(kept, hostname="localhost"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"listening on smtp://127.0.0.1:{port}", flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1]))
