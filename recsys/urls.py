"""One story, many addresses: the canonical form that addresses are compared by."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh|mc_[ce]id|_ga|_gl"
    r"|ocid|cmpid|s_cid|ns_.*|spm|ref_src|at_.*"
)
_PORTS = {"http": 80, "https": 443}
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
_PLAIN = re.compile(  # most addresses: nothing to take apart
    r"https?://([a-z0-9-]+(?:\.[a-z0-9-]+)*)((?:/[A-Za-z0-9:@!$&'()*+,;=._~-]*)*)"
)


def is_web_address(url: str) -> bool:
    """Return whether ``url`` is an absolute http or https address with a host."""
    if _PLAIN.fullmatch(url):
        return True
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in _PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def canonical_form(url: str) -> str:
    """Return the form under which two addresses of one page are equal.

    Scheme and host in lower case and ``http`` equal to ``https``; no default port, user, fragment,
    tracking parameter or closing slash; the other parameters sorted; percent-encoding unified.
    What is not a web address comes back as it is.
    """
    if plain := _PLAIN.fullmatch(url):
        return f"https://{plain[1]}{plain[2].rstrip('/')}"
    if not is_web_address(url):
        return url
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    path = quote(
        unquote(parts.path, errors="surrogateescape"), _PATH_SAFE, errors="surrogateescape"
    )
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    query = urlencode(
        sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0].lower())),
        errors="surrogateescape",
    )
    return f"https://{host}{port}{path.rstrip('/')}" + (f"?{query}" if query else "")
