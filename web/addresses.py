"""The block of addresses somebody comes from: coarse enough to be shared, and never stored."""

from __future__ import annotations

import ipaddress

V4_PREFIX, V6_PREFIX = 24, 48
LOCAL = "local"


def block_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) an address is in.

    `local` for this machine itself: behind a proxy nobody told us to trust, everybody is.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return LOCAL
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_loopback:
        return LOCAL
    prefix = V4_PREFIX if found.version == 4 else V6_PREFIX  # noqa: PLR2004  its name
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))
