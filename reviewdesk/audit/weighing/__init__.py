"""The risks of suing: what a suit is expected to bring, to cost and to take, for a case and for a batch."""
