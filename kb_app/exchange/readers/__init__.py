"""One file a format: from bytes to articles. All of it runs in the confined child alone."""
