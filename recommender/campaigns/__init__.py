"""Campaigns (批量推送): telling many enterprises of items for them, planned, approved and sent without loss."""
