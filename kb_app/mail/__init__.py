"""Mail in and out: boxes, reading into tickets, receipts, sending, rules."""
