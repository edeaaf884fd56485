"""Who has signed in, and for which enterprises: accounts, memberships, sessions.

What proves who somebody is, is the provider's affair (``web.pages.sign_in``). Here stands what follows from it.
"""
