"""How to get into a mailbox and out through its server: secrets opened, tokens refreshed."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote

from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from kb_app.sealing import Unsealable, seal, unseal
from models import BoxKind, BoxSecurity, Mailbox
from ticket_bridge.mail.boxes import BoxAccess, BoxFault, FaultCode, OpenBox
from ticket_bridge.mail.imap import open_imap
from ticket_bridge.mail.oauth import OAuthClient, access_token
from ticket_bridge.mail.pop import open_pop
from ticket_bridge.mail.sender import SmtpMail

PURPOSE = "mailbox"


def sealed(ports: Ports, text: str) -> str:
    """A secret of a mailbox as it is stored."""
    return seal(ports.config.secret_key, PURPOSE, text)


class Servers(Protocol):
    """Where a mailbox's secrets are sent, and the secrets (empty when not typed)."""

    @property
    def host(self) -> str:
        """Where mail is fetched."""

    @property
    def smtp_host(self) -> str:
        """Where mail is sent."""

    @property
    def oauth_url(self) -> str:
        """Where tokens are asked for."""

    @property
    def secret(self) -> str:
        """The password or refresh token."""

    @property
    def oauth_secret(self) -> str:
        """The client's secret."""


def check_servers(box: Mailbox, typed: Servers) -> None:
    """What is stored goes to the servers it was typed for: who names another types it again."""
    if not {typed.host, typed.smtp_host, typed.oauth_url} - {
        box.host,
        box.smtp_host,
        box.oauth_url,
        "",
    }:
        return
    if box.secret and not typed.secret:
        raise InvalidInput("secret", "again")
    if box.oauth_secret and not typed.oauth_secret:
        raise InvalidInput("oauth_secret", "again")


def _opened(ports: Ports, text: str) -> str:
    try:
        return unseal(ports.config.secret_key, PURPOSE, text)
    except Unsealable as error:
        raise BoxFault(FaultCode.LOGIN, str(error)) from error


def _token(ports: Ports, box: Mailbox) -> str:
    if not box.oauth_url:
        return ""
    return access_token(
        OAuthClient(
            box.oauth_url,
            box.oauth_client,
            _opened(ports, box.oauth_secret),
            box.oauth_scope,
            _opened(ports, box.secret),
        )
    )


def open_box(ports: Ports, box: Mailbox) -> OpenBox:
    """A connection to the box; BoxFault."""
    token = _token(ports, box)
    access = BoxAccess(
        host=box.host,
        port=box.port,
        security=box.security.value,
        username=box.username,
        password="" if token else _opened(ports, box.secret),
        token=token,
        folder=box.folder,
        done_folder=box.done_folder,
    )
    return open_imap(access) if box.kind is BoxKind.IMAP else open_pop(access)


def smtp_for(ports: Ports, box: Mailbox) -> SmtpMail:
    """The box's own way out."""
    token = _token(ports, box)
    scheme = "smtps" if box.smtp_security is BoxSecurity.TLS else "smtp"
    user = quote(box.username, safe="")
    password = "" if token else quote(_opened(ports, box.secret), safe="")
    host = f"[{box.smtp_host}]" if ":" in box.smtp_host else box.smtp_host
    return SmtpMail(
        f"{scheme}://{user}:{password}@{host}:{box.smtp_port}", box.address, token=token
    )
