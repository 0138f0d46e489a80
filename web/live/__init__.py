"""Chats without delay: sockets on the port of the pages, held by one loop in one thread."""
