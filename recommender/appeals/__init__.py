"""Appeals (诉求): an enterprise says that an answer, a figure or a procedure is wrong, and an office has to reply.

``states`` declares what may follow what, ``deadlines`` by when; ``subjects`` says what an appeal is about, ``files``
what may be attached. ``tables`` keeps it, ``desk`` does the deeds and ``history`` reads them back.
"""
