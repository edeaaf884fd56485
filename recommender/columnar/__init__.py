"""Deciding all enterprises at once: the columnar one of the two evaluators.

``frame``     the rows of a part of the population, or of the records in it, as arrays
``features``  what conditions look at, as one small number a row; equal numbers get equal answers to all conditions
``program``   rules made ready: distinct conditions by feature, and each rule as a few operations on bitmaps
``decision``  a program decided for a frame, block by block
``amounts``   what benefits are worth, row by row
``kernels``   the loops, compiled by numba

It decides what ``recommender.evaluation`` and ``recommender.awards`` decide, and asks them wherever it can: what a
class of values answers is asked of them once, for one value of the class.
"""
