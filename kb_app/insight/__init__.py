"""What the use of the site teaches its leads: searches, the funnel, the effect, the gaps."""
