"""From texts to vectors that are near each other where the texts mean the same.

``encoder``   what an encoder is, and the one that the setting names
``builtin``   the model of this project, read without torch
``features``  what it sees of a text
``manifest``  which files make a model, and whether they are whole
``module``    the same model as a module of sentence-transformers
``external``  any other model, through sentence-transformers
``training``  from raw files to the finished model, in one command

Nothing is imported here: torch and sentence-transformers load only where a model needs them.
"""
