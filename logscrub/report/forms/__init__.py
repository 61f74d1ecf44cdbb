"""What the formats ask for, whatever is reported: findings in logs and in code are written with the same pieces.

A module for each format; ``terms`` and ``paths`` are what several of them say alike.
"""
