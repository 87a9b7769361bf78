"""ConnectWise PSA: where a service company bills, and what its accountant posts from."""
