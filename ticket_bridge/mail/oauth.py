"""A fresh access token for a mail server, from a refresh token or the client's own credentials."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

from ticket_bridge.mail.boxes import LOOPBACK, BoxFault, FaultCode

TIMEOUT_SECONDS = 15.0
MOST_BYTES = 100_000


@dataclass(frozen=True)
class OAuthClient:
    """Who asks whom; without a refresh token the client's own credentials are used."""

    url: str
    client_id: str
    client_secret: str
    scope: str = ""
    refresh_token: str = ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Credentials go to the address that was configured and to no other."""

    def redirect_request(  # noqa: PLR0913, PLR0917  urllib's own signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Never follow."""


def access_token(client: OAuthClient) -> str:
    """A token, or BoxFault `token` with what the server said."""
    parts = urllib.parse.urlsplit(client.url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise BoxFault(FaultCode.TOKEN, "https only")
    form = {
        "grant_type": "refresh_token" if client.refresh_token else "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "refresh_token": client.refresh_token,
        "scope": client.scope,
    }
    body = urllib.parse.urlencode({key: value for key, value in form.items() if value}).encode()
    request = urllib.request.Request(client.url, data=body)  # noqa: S310  checked above
    request.add_header("Content-Type", "application/x-www-form-urlencoded")
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=TIMEOUT_SECONDS) as answer:
            said: Any = json.loads(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            detail = error.read(300).decode("utf-8", "replace")
        raise BoxFault(FaultCode.TOKEN, f"{error.code} {detail}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise BoxFault(FaultCode.TOKEN, str(error)) from error
    token = said.get("access_token") if isinstance(said, dict) else None
    if not isinstance(token, str) or not token:
        raise BoxFault(FaultCode.TOKEN, "no access_token in the answer")
    return token
