"""Channels (通道): the ways by which something reaches an enterprise, and what comes back of it."""
