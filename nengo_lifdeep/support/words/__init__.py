"""Words of messages: names that were probably meant, numbers with their units."""
