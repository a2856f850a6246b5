"""A mail server for tests: mail_server.py [--login USER PASSWORD] MANNER...

What it does with the first mail is the first manner, and so on; the last holds for all that follow. It says what happens
in lines of JSON.
"""

import argparse
import asyncio
import json

from aiosmtpd.smtp import SMTP, AuthResult

# So long a slow server takes for each of its answers, in seconds.
SLOW = 1.5


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self, manners):
        self.manners = manners

    async def pause(self):
        if self.manners[0] == "slow":
            await asyncio.sleep(SLOW)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        await self.pause()
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        tell(begun=address, hello=session.host_name)
        await self.pause()
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        await self.pause()
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        manner = self.manners.pop(0) if len(self.manners) > 1 else self.manners[0]
        if manner == "hang":
            await asyncio.sleep(3600)
        if manner == "slow":
            await asyncio.sleep(SLOW)
        if manner == "die":
            server.transport.abort()
        if manner in ("die", "refuse"):
            tell(failed=manner)
            return "451 4.3.0 Come back later"
        tell(accepted=envelope.content.decode(), sender=envelope.mail_from, recipients=envelope.rcpt_tos)
        return "250 OK"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--login", nargs=2, metavar=("USER", "PASSWORD"))
    parser.add_argument("manners", nargs="+", choices=["accept", "slow", "die", "refuse", "hang"])
    arguments = parser.parse_args()
    handler = Handler(arguments.manners)

    def authenticate(server, session, envelope, mechanism, auth):
        shown = [part.decode() for part in (auth.login, auth.password)]
        # "handled" would mean that the answer is given already.
        return AuthResult(success=shown == arguments.login, handled=False)

    login = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if arguments.login else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, **login), "127.0.0.1", 0)
    tell(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
