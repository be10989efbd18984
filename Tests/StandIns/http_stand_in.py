"""A server that answers as its path says, for tests of an HTTP client.

/echo               200 with method, headers and body as JSON
/status/N           status N
/redirect/N         N redirects, then /echo
/redirect-to?url=U  a redirect to U
/bytes/N            N bytes
"""
import json

import stand_in


class Handler(stand_in.Handler):
    def answer(self, path, query):
        kind, _, argument = path.strip("/").partition("/")
        if kind == "status":
            return self.send(int(argument), b'{"message":"as asked"}')
        if kind == "redirect":
            count = int(argument)
            return self.send(302, b"", {"Location": f"/redirect/{count - 1}" if count > 1 else "/echo"})
        if kind == "redirect-to":
            return self.send(302, b"", {"Location": query["url"]})
        if kind == "bytes":
            return self.send(200, b"x" * int(argument))
        echo = {"method": self.command, "path": self.path, "body": self.request_body.decode("utf-8", "replace"),
                "headers": {name.lower(): value for name, value in self.headers.items()}, "padding": "x" * 300}
        self.send(200, json.dumps(echo).encode(), {"X-Repeated": "one"})


options = stand_in.arguments(__doc__).parse_args()
Handler.state = stand_in.State(faults=[stand_in.fault_from_text(text) for text in options.fault])
stand_in.serve(Handler, options)
