"""Rounds, payments and the ledger as the console shows and takes them."""
