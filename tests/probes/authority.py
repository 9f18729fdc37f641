"""The simulator's certificate authority, for tests of TLS without a simulator."""

import ssl
from pathlib import Path

from probes.simulator.certificates import Authority


def make(folder: Path, *, expired: bool = False) -> tuple[Path, ssl.SSLContext]:
    """The certificate of the authority, and a server's context for 127.0.0.1 that it has signed."""
    authority = Authority.new(folder)
    return authority.ca_file, authority.expired() if expired else authority.sound()
