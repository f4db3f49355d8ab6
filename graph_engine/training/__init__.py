"""From a recipe and a compiled network to trained weights: the loop, its process and its records.

What describes a run (recipe, events, folder, history, session) imports no torch; what carries it out
(loop, procedures, metrics, checkpoints, worker, prediction) does.
"""
