"""Paying grants: rounds that find who is due, payment batches, what the bank says, the ledger, and recovery."""
