"""What is added to an application: each plugin is a module of its own, with an extra of its own."""
