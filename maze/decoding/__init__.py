"""From logits to legal tokens: tokenizer views, the matcher, sampling and the token loop."""
