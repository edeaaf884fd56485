"""Brings policies and enterprises together: judges, prices, combines and explains."""
