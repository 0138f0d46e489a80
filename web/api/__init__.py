"""What programs see: JSON over the same use cases as the pages."""
