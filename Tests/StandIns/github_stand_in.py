"""A stand-in for GitHub's events API on loopback: paging, ETags, poll interval, rate limits, faults.

Serves /events, /repos/O/R/events, /orgs/O/events, /users/U/events from a file of events (NDJSON, gzip allowed) or from
a small generated set.
--window  the feed as GitHub serves it: the newest --depth events, newest first; every poll of a first page advances it
          by --advance events until the data ends
--walk    every event once, in file order, over as many pages as it takes
Settings for the control endpoint: advance, poll_interval, remaining, reset_in, limit_status, moved (old path: new path),
broken (path: the fault that every request for it meets).
"""
import gzip
import hashlib
import json
import time

import stand_in

PAGE_MOST = 100
TYPES = ["PushEvent", "CreateEvent", "WatchEvent", "IssuesEvent", "PullRequestEvent"]


def generated(count):
    for index in range(count):
        user, repository = f"user{index % 7}", f"org{index % 3}/repo{index % 5}"
        event = {"id": str(50_000_000_000 + index * 7919 % 100_003), "type": TYPES[index % len(TYPES)],
                 "actor": {"id": index % 7, "login": user, "display_login": user, "gravatar_id": "",
                           "url": f"https://api.github.com/users/{user}", "avatar_url": ""},
                 "repo": {"id": index % 15, "name": repository, "url": f"https://api.github.com/repos/{repository}"},
                 "payload": {"push_id": index, "ref": "refs/heads/main"}, "public": True,
                 "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_760_000_000 + index))}
        if index % 2:
            event["org"] = {"id": index % 3, "login": f"org{index % 3}"}
        yield json.dumps(event)


def load(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]


class Feed:
    """Events as JSON texts in file order with the names that the resources select by."""

    def __init__(self, lines):
        self.selected = {"/events": lines}
        for line in lines:
            event = json.loads(line)
            names = {"repos": event["repo"]["name"], "users": event["actor"]["login"]}
            if "org" in event:
                names["orgs"] = event["org"]["login"]
            for kind, name in names.items():
                self.selected.setdefault(f"/{kind}/{name}/events".lower(), []).append(line)
        self.heads = {}

    def lines(self, path):
        return self.selected.get(path.lower())


class Handler(stand_in.Handler):
    feed = None
    options = None

    def answer(self, path, query):
        broken = self.state.settings["broken"].get(path)
        if broken:
            return self.fail(broken)
        with self.state.lock:
            status, body, headers = self.decide(path, query)
        self.send(status, body, headers)

    def decide(self, path, query):
        settings = self.state.settings
        moved = settings["moved"].get(path)
        if moved:
            return 301, b'{"message":"Moved Permanently"}', {"Location": self.address(moved, query)}
        token = self.options.token
        if "Authorization" in self.headers and self.headers["Authorization"] not in (f"Bearer {token}", f"token {token}"):
            return 401, b'{"message":"Bad credentials","status":"401"}', {}
        lines = self.feed.lines(path)
        if lines is None:
            return 404, b'{"message":"Not Found","status":"404"}', {}
        if settings["remaining"] <= 0 and time.time() >= settings["reset_at"]:
            settings["remaining"] = settings["limit"]
            settings["reset_at"] = int(time.time()) + settings["reset_in"]
        if settings["remaining"] <= 0:
            return settings["limit_status"], b'{"message":"API rate limit exceeded"}', self.budget()
        return self.page(path, query, lines)

    def page(self, path, query, lines):
        size = min(max(self.number(query, "per_page", 30), 1), PAGE_MOST)
        number = max(self.number(query, "page", 1), 1)
        visible = lines if self.options.walk else self.window(path, lines, advance=number == 1)
        first = (number - 1) * size
        if first >= len(visible) and number > 1:
            return 422, b'{"message":"In order to keep the API fast, pagination is limited."}', self.budget()
        text = "[" + ",".join(visible[first:first + size]) + "]"
        tag = 'W/"' + hashlib.md5(text.encode()).hexdigest() + '"'
        headers = {"ETag": tag, "X-Poll-Interval": self.state.settings["poll_interval"],
                   "Cache-Control": "public, max-age=60, s-maxage=60"}
        pages = -(-len(visible) // size)
        if number < pages:
            following, last = dict(query, page=number + 1), dict(query, page=pages)
            headers["Link"] = (f'<{self.address(path, following)}>; rel="next", '
                               f'<{self.address(path, last)}>; rel="last"')
        if self.headers.get("If-None-Match") == tag:
            return 304, b"", {**headers, **self.budget()}
        self.state.settings["remaining"] -= 1
        return 200, text.encode(), {**headers, **self.budget()}

    def window(self, path, lines, advance):
        """The newest events; the first look shows --start of them."""
        start = min(self.options.start, len(lines)) if self.options.window else len(lines)
        head = self.feed.heads.get(path)
        if head is None:
            head = start
        elif advance:
            head = min(head + self.state.settings["advance"], len(lines))
        self.feed.heads[path] = head
        return lines[max(0, head - self.options.depth):head][::-1]

    def budget(self):
        settings = self.state.settings
        used = settings["limit"] - settings["remaining"]
        return {"X-RateLimit-Limit": settings["limit"], "X-RateLimit-Remaining": max(0, settings["remaining"]),
                "X-RateLimit-Used": used, "X-RateLimit-Reset": settings["reset_at"], "X-RateLimit-Resource": "core"}

    def address(self, path, query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}" + ("?" + text if text else "")

    @staticmethod
    def number(query, name, default):
        return int(query[name]) if query.get(name, "").isdigit() else default


parser = stand_in.arguments(__doc__)
mode = parser.add_mutually_exclusive_group()
mode.add_argument("--window", action="store_true")
mode.add_argument("--walk", action="store_true")
parser.add_argument("--data", help="a file of events, one JSON object a line, .gz allowed")
parser.add_argument("--generate", type=int, default=350, help="how many events to make up without --data")
parser.add_argument("--start", type=int, default=300, help="events before the first poll of --window")
parser.add_argument("--depth", type=int, default=300, help="the most events that a window shows")
parser.add_argument("--advance", type=int, default=0, help="new events with every poll of a first page")
parser.add_argument("--poll-interval", type=int, default=60)
parser.add_argument("--limit", type=int, default=1_000_000, help="requests per window; a 304 does not count")
parser.add_argument("--reset-in", type=int, default=3600, help="seconds until the budget is full again")
parser.add_argument("--limit-status", type=int, default=403, choices=[403, 429])
parser.add_argument("--token", default="good-token", help="the only token that is accepted")
options = parser.parse_args()

Handler.feed = Feed(load(options.data) if options.data else list(generated(options.generate)))
Handler.options = options
Handler.state = stand_in.State(
    {"advance": options.advance, "poll_interval": options.poll_interval, "limit": options.limit,
     "remaining": options.limit, "reset_at": int(time.time()) + options.reset_in, "reset_in": options.reset_in,
     "limit_status": options.limit_status, "moved": {}, "broken": {}},
    [stand_in.fault_from_text(text) for text in options.fault])
stand_in.serve(Handler, options)
