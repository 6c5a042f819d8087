vcl 4.1;

# Lists inside of a page by Edge Side Includes, with Varnish (6.0 and newer).
#
# The newspaper's own server is on 127.0.0.1:8080, the engine on 127.0.0.1:8000. Pages that hold
# <esi:include> say so by the header "Surrogate-Control: content=ESI/1.0".

backend newspaper {
    .host = "127.0.0.1";
    .port = "8080";
}

backend engine {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 0.2s;
    .first_byte_timeout = 1s;
    .between_bytes_timeout = 1s;
}

sub vcl_recv {
    if (req.url ~ "^/lists/") {
        # Only pages include lists; nobody else may ask here.
        if (req.esi_level == 0) {
            return (synth(404));
        }
        set req.url = regsub(req.url, "^/lists/", "/v1/");
        set req.backend_hint = engine;
        unset req.http.Cookie;
        unset req.http.Authorization;
        unset req.http.X-Forwarded-For;
        return (hash);
    }
    set req.backend_hint = newspaper;
}

sub vcl_backend_response {
    if (bereq.backend == engine) {
        # An error has no body, and is asked for again soon; what is kept is shown meanwhile.
        if (beresp.status >= 500 && bereq.is_bgfetch) {
            return (abandon);
        }
        if (beresp.status >= 400) {
            set beresp.status = 200;
            set beresp.ttl = 5s;
        }
        # The engine says max-age and stale-while-revalidate; a day of grace outlives an outage.
        set beresp.grace = 1d;
        return (deliver);
    }
    if (beresp.http.Surrogate-Control ~ "ESI/1.0") {
        unset beresp.http.Surrogate-Control;
        set beresp.do_esi = true;
    }
}

sub vcl_backend_error {
    # The engine is down and nothing is kept: an include that is empty, not an error in the page.
    if (bereq.backend == engine) {
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        set beresp.status = 200;
        set beresp.ttl = 5s;
        synthetic("");
        return (deliver);
    }
}
