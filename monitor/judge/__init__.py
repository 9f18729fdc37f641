"""Numbers with n, interval and method, from rows. Every module here is pure: frame in, frozen data out."""
