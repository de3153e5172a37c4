"""A reader of Protocol Buffers (wire format of versions 2 and 3)."""

import struct


def fields(data):
    """Fields of a message of Protocol Buffers: [(number, value)]."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    found = []
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            value = varint()
        elif key & 7 == 1:
            value = struct.unpack_from("<Q", data, at)[0]
            at += 8
        elif key & 7 == 2:
            size = varint()
            value = data[at:at + size]
            assert len(value) == size, "cut off"
            at += size
        else:
            raise AssertionError(f"wire type {key & 7}")
        found.append((key >> 3, value))
    return found
