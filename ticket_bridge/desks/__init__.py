"""Other ticket systems, one file each, behind the contract in ticket_bridge.handover."""
