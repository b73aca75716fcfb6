"""Letters with the figures filled in, and the proof that they were served."""
