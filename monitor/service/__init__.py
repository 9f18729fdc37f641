"""The service: a schedule in, rows out, every slot accounted for."""
