"""Presidio's recognizers as rules of logscrub, and its analyzer for names and places in prose.

Nothing here is loaded before a rule of a ``[[presidio]]`` table is selected or ``logscrub scan --deep`` is called.
"""
