"""Foreseeing a policy's effect (仿真): a draft or changed item over a whole population, before it is in force.

``levers``          the thresholds of an item, and the item with one of them moved
``costs``           how many enterprises, and what they may receive, by group
``curves``          count and cost over a threshold, from what is kept in memory
``reach``           the pass over the population: who, at what cost, which overlaps, what changes, what nobody meets
``overlaps``        what stacking statements say about two items
``contradictions``  what nobody can ever satisfy, found from the rule alone
``as_json``         all of it as JSON

Everything rests on the columnar evaluator; nothing is estimated or sampled.
"""
