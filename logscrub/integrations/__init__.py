"""One line for each framework: see its module, and its page in the documentation.

The frameworks are imported by their own modules only, so none of them has to be there.
"""
