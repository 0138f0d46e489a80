"""People as leads see and tend them: found, brought in, joined, invited."""
