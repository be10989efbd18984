"""A stand-in for randomuser.me on loopback: /api/ and /api/1.4/, deterministic by seed and page.

--data FILE  replays the users of a captured answer ({"results": [...]}) in order: page P of size N gives users
             (P-1)*N up to P*N, fewer at the end
--quota N    users per --quota-window seconds, then 429
As the service: results out of 1...5000 silently gives 1, a page out of 0...10000 is page 1, a seed disables gender.
"""
import hashlib
import json
import random
import time
import uuid

import stand_in

COUNTRIES = {"US": "United States", "GB": "United Kingdom", "FR": "France", "TR": "Turkey", "NL": "Netherlands"}
FIRST = {"female": ["Ann", "Beyza", "Chloé", "Daphne"], "male": ["Adam", "Barış", "Cédric", "Dirk"]}
LAST = ["Smith", "Elmastaşoğlu", "Dupont", "de Vries", "O'Neil"]


def user(source, nationalities, genders):
    gender, nat = source.choice(genders), source.choice(nationalities)
    first, last = source.choice(FIRST[gender]), source.choice(LAST)
    name = f"{first}.{last}{source.randrange(1000)}".lower()
    number = source.randrange(10000, 99999)
    kind = "men" if gender == "male" else "women"
    portrait = f"{kind}/{source.randrange(100)}.jpg"
    return {
        "gender": gender, "name": {"title": "Mr" if gender == "male" else "Ms", "first": first, "last": last},
        "location": {"street": {"number": source.randrange(1, 9999), "name": "High Street"}, "city": "Springfield",
                     "state": "Utrecht", "country": COUNTRIES[nat],
                     "postcode": f"{number} XX" if nat in ("NL", "GB") else number,
                     "coordinates": {"latitude": "66.2451", "longitude": "-8.7781"},
                     "timezone": {"offset": "+9:30", "description": "Adelaide, Darwin"}},
        "email": f"{name}@example.com",
        "login": {"uuid": str(uuid.UUID(int=source.getrandbits(128), version=4)), "username": name},
        "dob": {"date": "1948-03-06T02:00:19.202Z", "age": 76},
        "registered": {"date": "2011-08-25T22:29:42.799Z", "age": 13},
        "phone": "(316)-111-0112", "cell": "(990)-541-1224", "id": {"name": "", "value": None},
        "picture": {"large": f"https://randomuser.me/api/portraits/{portrait}",
                    "medium": f"https://randomuser.me/api/portraits/med/{portrait}",
                    "thumbnail": f"https://randomuser.me/api/portraits/thumb/{portrait}"},
        "nat": nat}


def bounded(text, least, most, otherwise):
    return int(text) if text.isascii() and text.isdigit() and least <= int(text) <= most else otherwise


class Handler(stand_in.Handler):
    users = None
    quota = 0
    taken = 0
    window_end = 0.0
    quota_window = 300

    def answer(self, path, query):
        if path.rstrip("/") not in ("/api", "/api/1.4"):
            return self.send(404, b'{"error":"Invalid API version"}')
        count = bounded(query.get("results", "1"), 1, 5000, 1)
        page = bounded(query.get("page", "1"), 0, 10000, 1)
        if self.is_over_quota(count):
            text = f"Whoa, ease up there cowboy. You've requested {Handler.taken} users in the last minute."
            return self.send(429, json.dumps({"error": text}).encode())
        seed = query.get("seed") or uuid.uuid4().hex[:16]
        results = self.replayed(count, page) if self.users is not None else self.made(seed, count, page, query)
        info = {"seed": seed, "results": len(results), "page": page, "version": "1.4"}
        answer = {"results": self.project(results, query), "info": info}
        self.send(200, json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())

    def is_over_quota(self, count):
        with self.state.lock:
            if time.time() >= Handler.window_end:
                Handler.taken, Handler.window_end = 0, time.time() + self.quota_window
            over = self.quota and Handler.taken >= self.quota
            Handler.taken += 0 if over else count
            return over

    def replayed(self, count, page):
        first = (max(page, 1) - 1) * count
        return self.users[first:first + count]

    @staticmethod
    def made(seed, count, page, query):
        source = random.Random(hashlib.md5(f"{seed}{'' if page == 1 else page}".encode()).digest())
        asked = [nat for nat in query.get("nat", "").upper().split(",") if nat in COUNTRIES]
        genders = ["female", "male"]
        if "seed" not in query and query.get("gender") in genders:
            genders = [query["gender"]]
        return [user(source, asked or list(COUNTRIES), genders) for _ in range(count)]

    @staticmethod
    def project(results, query):
        keep = [name for name in query.get("inc", "").split(",") if name]
        leave = [name for name in query.get("exc", "").split(",") if name]
        return [{name: value for name, value in one.items() if (not keep or name in keep) and name not in leave}
                for one in results]


parser = stand_in.arguments(__doc__)
parser.add_argument("--data")
parser.add_argument("--quota", type=int, default=0)
parser.add_argument("--quota-window", type=int, default=300)
options = parser.parse_args()
if options.data:
    with open(options.data, encoding="utf-8") as file:
        Handler.users = json.load(file)["results"]
Handler.quota, Handler.quota_window = options.quota, options.quota_window
Handler.state = stand_in.State(faults=[stand_in.fault_from_text(text) for text in options.fault])
stand_in.serve(Handler, options)
