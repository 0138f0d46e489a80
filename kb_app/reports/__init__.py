"""What leads learn from tickets: fixed reports, own ones from a closed catalogue, by mail."""
