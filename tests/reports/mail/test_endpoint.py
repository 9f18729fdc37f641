from pathlib import Path

import pytest

from reports.mail.endpoint import Endpoint, MailError, parse


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("smtp://localhost:1025", Endpoint("localhost", 1025, "none", None, None)),
        ("smtp://mail.example.org", Endpoint("mail.example.org", 25, "none", None, None)),
        ("smtp://mail.example.org?starttls=1", Endpoint("mail.example.org", 587, "starttls", None, None)),
        ("smtp://mail.example.org/?starttls=0", Endpoint("mail.example.org", 25, "none", None, None)),
        ("smtps://mail.example.org", Endpoint("mail.example.org", 465, "implicit", None, None)),
        ("smtps://me%40example.org@mail:2465", Endpoint("mail", 2465, "implicit", "me@example.org", None)),
        ("smtps://mail?ca_file=/etc/ca.pem", Endpoint("mail", 465, "implicit", None, Path("/etc/ca.pem"))),
        ("smtp://[::1]:2525", Endpoint("::1", 2525, "none", None, None)),
    ],
)
def test_an_address_of_a_server_is_read(url: str, endpoint: Endpoint) -> None:
    assert parse(url) == endpoint


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mail.example.org", "it has no scheme"),
        ("http://mail.example.org", "the scheme is 'http'"),
        ("smtp://", "it needs a host"),
        ("smtp://mail:99999", "port out of range 0-65535"),
        ("smtp://mail:x", "port could not be cast to integer value as 'x'"),
        ("smtp://[::1", "invalid ipv6 url"),
        ("smtp://mail/inbox", "nothing but options behind it"),
        ("smtp://mail?tls=1", "unknown option 'tls'; known: ca_file, starttls"),
        ("smtp://mail?starttls=yes", "starttls is 0 or 1"),
        ("smtps://mail?starttls=1", "smtps:// is encrypted from the start"),
        ("smtp://mail?ca_file=ca.pem", "ca_file needs smtps:// or starttls=1"),
        ("smtp://me:hunter2@mail", "it holds a password"),
    ],
)
def test_an_address_that_is_none_is_told_what_would_be(url: str, says: str) -> None:
    with pytest.raises(MailError) as error:
        parse(url)

    assert says in str(error.value)
    assert "write it like smtp://user@mail.example.org:587?starttls=1" in str(error.value)
    assert error.value.permanent
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "private"),
    [("smtp://localhost", True), ("smtp://mail", False), ("smtp://mail?starttls=1", True), ("smtps://mail", True)],
)
def test_a_password_goes_only_where_nobody_listens(url: str, private: bool) -> None:
    assert parse(url).is_private is private
