"""From what an enterprise says it does (经营范围) and its name to its industry: a guess, with how probable it is.

Importing this package is cheap. ``classifier`` guesses, ``inference`` makes an inferred statement of a guess,
``stored`` does so for enterprises in the database, ``training`` makes the model, ``quality`` measures it.
"""
