"""What each page says, in words and numbers: `Judgement` -> page models that the templates only lay out; pure."""
