"""Mail: going out for now; mailboxes come in later."""
