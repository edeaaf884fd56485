"""What enterprises are told, when, and where they read it: subscriptions, news, digests and the inbox.

What is told rests on matches alone; a message never says more than the result page would on the same day.
"""
