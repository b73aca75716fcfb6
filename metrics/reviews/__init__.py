"""Reviews of vendors: what is put before them, what they decide and what follows from it."""
