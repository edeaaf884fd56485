"""From raw files to the finished model: ``python -m recommender.encoder.training --pairs FOLDER --out FOLDER``.

``sentences``   what is read: pairs with a label, clauses of laws, titles of news; what is left out
``vocabulary``  which features get a row
``start``       the rows before training: random, and by the company that features keep
``contrast``    the training: alike pairs together, others apart, in the order of their labels
``finish``      the model folder: a byte a number, and the manifest
"""
