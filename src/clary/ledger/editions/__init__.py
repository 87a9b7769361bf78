"""What each edition of Sage 50 demands, as tables of rules with their sources."""
