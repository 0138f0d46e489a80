"""Who rules are in a ticket's history."""

from __future__ import annotations

ACTOR = "规则：{name}"
ACTOR_PREFIX = "规则："
