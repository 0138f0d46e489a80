"""The pages, one file a thing; each handler reads a form, calls one use case, renders."""
