"""Which addresses are of the open internet, so that no name leads into the network the gateway stands in.

IPv6 has many ways to write an IPv4 address inside of another. Two of them are looked through: the mapped form, and the
prefix of NAT64 through which networks without IPv4 reach it. The rest is refused whatever it holds: no provider of ours
answers there.
"""

import ipaddress

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REFUSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
            "192.88.99.0/24",  # relays of 6to4
        ),
    )
)
_ISATAP = (bytes.fromhex("00005efe"), bytes.fromhex("02005efe"))


def is_public(address: str) -> bool:
    """Whether an IP address, with a zone or without, is one of the open internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or (ipaddress.IPv4Address(ip.packed[-4:]) if ip in _NAT64 else None)
        if inner is not None:
            ip = inner
        elif ip not in _GLOBAL_UNICAST or ip.packed[8:12] in _ISATAP:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _REFUSED)
