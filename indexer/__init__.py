"""What can be found: Chinese analysis, two backends with one meaning, ranking, sync."""
