"""Read source code: which log calls there are, what they print, and what of it nobody should read."""
