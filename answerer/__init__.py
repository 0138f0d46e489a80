"""What can be answered: evidence, a calibrated judgement, and what is quoted."""
