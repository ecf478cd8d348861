"""The course: YAML lesson files become `Lesson`, `Exercise` and, with numbers put in, `Variant`."""
