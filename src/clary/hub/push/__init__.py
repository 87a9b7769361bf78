"""What the push API keeps: its companies, connections, operations, webhooks and refreshes."""
