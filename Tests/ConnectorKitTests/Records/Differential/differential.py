"""Compares a JSON reader and writer with Python's.

    differential.py make DIR      writes DIR/lines: edge cases and mutated records, one a line
    differential.py check DIR     compares DIR/results, a line for each of them, with what Python makes of it

A result is "rejected", or the JSON that was written for the line. Numbers, names, their order and repetitions must be
those of the line.
"""
import json
import random
import sys

DEPTH = 512
MUTANTS = 30_000

EDGE_LINES = [
    b'{}', b'[]', b'[[]]', b'[{}]', b'{"a":{}}', b'{"a":[]}', b'{"a":1}', b'{"a":}', b'{"a":1,}', b'[1,]', b'[,1]',
    b'{,}', b'{"a" 1}', b'{"a":1 "b":2}', b'{"a":01}', b'{"a":-0}', b'{"a":-}', b'{"a":1.}', b'{"a":.5}', b'{"a":1e5}',
    b'{"a":1E+}', b'{"a":1E-7}', b'{"a":1e999}', b'{"a":9223372036854775807}', b'{"a":9223372036854775808}',
    b'{"a":-9223372036854775808}', b'{"a":18446744073709551615}', b'{"a":18446744073709551616}',
    b'{"a":12345678901234567890.12345678901234567890}', b'{"a":1.0}', b'{"a":1.10}', b'{"a":true}', b'{"a":tru}',
    b'{"a":truex}', b'{"a":nul}', b'{"a":null}', b'{"a":false}', b'{"a":falsey}', b'{"a":"x"}', b'{"a":"x}',
    b'{"a":"\\"}', b'{"a":"\\""}', b'{"a":"\\\\"}', b'{"a":"\\u0041"}', b'{"a":"\\u00g1"}', b'{"a":"\\ud83d\\ude80"}',
    b'{"a":"\\ud83d"}', b'{"a":"\\x41"}', b'{"a":"\\u12"}', b'{"a":"tab\there"}', b'{"a":"\x00"}', b'{"a":"\x7f"}',
    b'{"a":"\xff"}', b'{"a":"\xc3\xa9"}', b'{"a":"\xc3"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xf0\x9f\x9a\x80"}',
    b'{"a":"\xc0\x80"}', b'{"a":"\xf5\x80\x80\x80"}', b'{"a":"\xe0\x80\x80"}', b'{"a":"\xf4\x90\x80\x80"}',
    b'{"a":1}}', b'{"a":1}x', b'{"a":1} ', b' {"a":1}', b'{"a":[1,2,{"b":[]}]}', b'{"a":[1,2}', b'{"a":{"b":1]}',
    b'"text"', b'"', b'""', b'1', b'-', b'null', b'true', b'1 2', b'{"a":1}{"b":2}', b'{"a":"x"y}', b'{"a":"x" "y"}',
    b'{"a"x:1}', b'{"a":1\x01}', b'{"a":1\x0c}', b'[' * 400 + b']' * 400, b'[' * 512 + b']' * 512,
    b'[' * 513 + b']' * 513, b'{"same":1,"same":2}', b'{"":1}', b'{"k\\u0065y":1}', b'{"a":+1}', b'{"a":NaN}',
    b'{"a":Infinity}', b"{'a':1}", b'{"a":1/*c*/}', b'{"a" : 1 , "b" : [ 1 , 2 ] }', b'\xef\xbb\xbf{"a":1}', b'{"a":"\\',
    b'{', b'[', b'{"a"', b'{"a":', b'{"a":1', b'[1', b'[[]', b'{"a":--1}', b'{"a":1-1}', b'{"a":1.5.5}',
    b'{"a":1e5e5}', b'{"a":"\\\\\\""}', b'{"a":"' + b'\\\\' * 33 + b'"}', b'{"a":"' + b'\\\\' * 32 + b'\\"}',
    b'{"' + b'k' * 65534 + b'":1}', b'{"' + b'k' * 65535 + b'":1,"b":2}', b'{"' + b'k' * 70000 + b'":{"b":[1]}}',
    b'{"' + b'\\"' * 40000 + b'":1}', b'{"a":"' + b'v' * 100000 + b'"}', b'}', b']', b',', b':', b'\x00', b'\xff', b'\x1f',
    b'{"a":1,"a":2,"b":3,"a":4}', b'"\xe2\x80\xa8"', b'[1,2,3]  \t', b'{"a":[' + b'1,' * 200 + b'1]}', b'{"a"::1}', b'{"a",1}',
]
LETTERS = b'{}[]",:\\ \t0123456789-+.eEtrufalsn\x00\x1f\x7f\x80\xc3\xa9\xff/ux'
WORDS = "fix update branch café 日本語 🚀 Привет line\nbreak quote\" back\\slash tab\t plain".split(" ")


def some_text():
    return " ".join(random.choice(WORDS) for _ in range(random.randrange(6)))


def some_value(depth):
    kind = random.randrange(10 if depth else 7)
    if kind < 2:
        return some_text()
    if kind < 4:
        return random.choice([0, -1, random.getrandbits(53), random.getrandbits(70), -random.getrandbits(63)])
    if kind < 5:
        return random.uniform(-1e6, 1e6)
    if kind < 7:
        return random.choice([True, False, None])
    if kind < 8:
        return [some_value(depth - 1) for _ in range(random.randrange(4))]
    return some_object(depth - 1)


def some_object(depth):
    names = ["id", "type", "actor", "created_at", "a", "é", "payload", 'q"uote', "", "repository_url"]
    return {random.choice(names): some_value(depth) for _ in range(random.randrange(1, 8))}


def some_line():
    separators = random.choice([(",", ":"), (", ", ": ")])
    return json.dumps(some_object(4), ensure_ascii=random.random() < 0.5, separators=separators).encode()


def mutate(line):
    line = bytearray(line)
    for _ in range(random.choice([0, 1, 1, 1, 2, 3])):
        place = random.randrange(len(line))
        change = random.randrange(4)
        if change == 0:
            line[place] = random.choice(LETTERS)
        elif change == 1:
            del line[place]
        elif change == 2:
            line.insert(place, random.choice(LETTERS))
        else:
            other = random.randrange(len(line))
            line[place], line[other] = line[other], line[place]
        if not line:
            line = bytearray(b"0")
    return bytes(line)


def make(folder):
    random.seed(7)
    sources = [some_line() for _ in range(800)]
    lines = EDGE_LINES + [mutate(random.choice(sources)) for _ in range(MUTANTS)]
    # A blank line is no record.
    lines = [line if line.strip() else b"0" for line in lines]
    with open(folder + "/lines", "wb") as file:
        file.write(b"\n".join(lines) + b"\n")


def refuse(_):
    raise ValueError


def depth_of(line):
    depth = deepest = 0
    in_string = escaped = False
    for byte in line:
        if escaped:
            escaped = False
        elif in_string:
            escaped = byte == 0x5C
            in_string = byte != 0x22
        elif byte == 0x22:
            in_string = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def read(line):
    """What the line means, numbers as text and objects as lists of pairs; raises ValueError."""
    if depth_of(line) > DEPTH:
        raise ValueError("too deep")
    return json.loads(
        line.decode("utf-8"), parse_constant=refuse, parse_int=lambda text: ("number", text),
        parse_float=lambda text: ("number", text), object_pairs_hook=lambda pairs: ("object", pairs))


def check(folder):
    sys.setrecursionlimit(10_000)
    lines = open(folder + "/lines", "rb").read().split(b"\n")[:-1]
    results = open(folder + "/results", "rb").read().split(b"\n")[:-1]
    if len(lines) != len(results):
        sys.exit(f"{len(lines)} lines, {len(results)} results")
    accepted = wrong = 0
    for line, result in zip(lines, results):
        try:
            expected = read(line)
        except ValueError:
            expected = None
        accepted += expected is not None
        actual = None if result == b"rejected" else read(result)
        if actual != expected:
            wrong += 1
            if wrong <= 10:
                print(f"{line[:200]!r}: {result[:200]!r}")
    print(f"{len(lines)} lines, {accepted} accepted, {wrong} wrong")
    sys.exit(1 if wrong else 0)


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
