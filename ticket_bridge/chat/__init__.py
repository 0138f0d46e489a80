"""Live chat's judgement: its life, silence, and how long a queue will take. Pure."""
