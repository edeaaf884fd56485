"""Brings policies and enterprises together: explains one, decides all, ranks, pushes and grants."""
