"""Where people take over: ticket rules, mail; pure where it decides."""
