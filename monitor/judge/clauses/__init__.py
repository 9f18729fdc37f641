"""SLA clauses: parameters (`clause`), the requests they count (`requests`), and their arithmetic (`measure`)."""
