"""Text that XML can hold: the one place that knows what it cannot."""

from __future__ import annotations

import re

# XML 1.0, 2.2: no other control characters, and no halves of pairs; one of them would make a whole file unreadable
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\ufffd"


def xml_text(text: str) -> str:
    """The text with a replacement character for each that XML cannot hold."""
    return NOT_XML.sub(REPLACEMENT, text)
