"""Live chat: conversations in which nothing is lost, with a robot that knows its limits."""
