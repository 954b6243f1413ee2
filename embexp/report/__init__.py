"""Tables, figures and pages made from the rows of results."""
