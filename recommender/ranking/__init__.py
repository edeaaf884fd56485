"""The order in which an enterprise's matches are shown: explainable, versioned, learnt from recorded feedback."""
