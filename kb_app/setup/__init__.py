"""How the desk is set up: teams, catalogue, working hours, time promises."""
