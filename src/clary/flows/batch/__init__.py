"""The ConnectWise batch: what is unposted there becomes documents in the books, once each."""
