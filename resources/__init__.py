"""Files that come with the program: data sets, templates and, later, icons and help."""
