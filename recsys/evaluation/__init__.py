"""Is one recipe better than another? Time splits, metrics, baselines, intervals."""
