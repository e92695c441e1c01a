"""The complaint as a Word document, from a template that the firm edits: ours, or the firm's own."""
