"""What the module of trivial.cpp answers, for servers that run Python."""

BODY = b"x" * 1024
HEADER = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    start_response("200 OK", HEADER)
    return [BODY]
