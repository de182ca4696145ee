"""Who the fuzzer is: nobody, or an owner with a fresh second factor.

An input may end the session it is sent with (sign out, change the password, remove a factor).
So the session is looked at now and then, and when it is gone the next owner of the bootstrap file
signs in and enrols an authenticator app.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import struct
import time
from urllib.parse import urlsplit

import schemathesis

PASSWORD = "fuzzing the interface"
CHECK_EVERY_SECONDS = 3


def totp(secret: str, now: float) -> str:
    """The six-digit code of RFC 6238 with SHA-1 and steps of 30 seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 10**6:06}"


class Client:
    """Talks from a loopback address of its own: the fuzzer's failures slow down only the fuzzer's."""

    def __init__(self, base_url: str) -> None:
        self.host = urlsplit(base_url).netloc

    def call(self, method: str, path: str, body=None, token: str | None = None):
        connection = http.client.HTTPConnection(self.host, timeout=20, source_address=("127.0.0.2", 0))
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def must(self, method: str, path: str, body, token: str | None = None):
        status, answer = self.call(method, path, body, token)
        if status != 200:
            raise RuntimeError(f"{method} {path} answered {status}: {answer}")
        return answer


class Owners:
    """Hands out the token of a live owner."""

    def __init__(self) -> None:
        self.reserve = iter(range(1, int(os.environ["FUZZ_PEOPLE"]) + 1))
        self.token = None

    def live(self, client: Client) -> str:
        if self.token is None or client.call("GET", "/auth/session", token=self.token)[0] != 200:
            self.token = self.enrolled(client, f"owner{next(self.reserve)}")
        return self.token

    @staticmethod
    def enrolled(client: Client, name: str) -> str:
        signed_in = client.must("POST", "/auth/login", {"username": name, "password": PASSWORD, "tenant_id": "demo"})
        token = signed_in["token"]
        secret = client.must("POST", "/mfa/setup", {}, token)["secret"]
        return client.must("POST", "/mfa/verify", {"code": totp(secret, time.time())}, token)["token"]


if os.environ.get("FUZZ_AS") == "owner":
    OWNERS = Owners()

    @schemathesis.auth(refresh_interval=CHECK_EVERY_SECONDS)
    class OwnerAuth:
        """Sends each input as an owner."""

        def get(self, case, ctx):
            return OWNERS.live(Client(case.operation.base_url))

        def set(self, case, data, ctx):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"
