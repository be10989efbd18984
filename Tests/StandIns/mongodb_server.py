"""A MongoDB server (SecantusDB) of a test's own on a free loopback port, gone when standard input closes.

Prints the port when it accepts connections. --user NAME:PASSWORD makes a user that may do everything and then asks for
logins; --tls CERT KEY speaks TLS; --standalone is no replica set; --port and --folder bring back one that was killed. The
folder goes with the server.
"""
import argparse
import logging
import os
import shutil
import sys
import tempfile
import threading

import pymongo
from secantus.server import SecantusDBServer


def serve(options, folder, **more):
    server = SecantusDBServer(
        host="127.0.0.1", port=options.port, storage_path=folder, enable_test_commands=True,
        replica_set_name=None if options.standalone else "secantus", cache_size="256M",
        sync_on_commit=options.durable, oplog_max_entries=options.oplog, **more)
    server.start()
    return server


def make_user(options, folder):
    server = serve(options, folder)
    name, _, password = options.user.partition(":")
    with pymongo.MongoClient("127.0.0.1", server.port, directConnection=True) as client:
        client.admin.command("createUser", name, pwd=password, roles=["root"])
        client.admin.command("createUser", "reader", pwd=password, roles=[{"role": "read", "db": "test"}])
    server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user")
    parser.add_argument("--tls", nargs=2, default=(None, None))
    parser.add_argument("--standalone", action="store_true")
    parser.add_argument("--durable", action="store_true", help="what was acknowledged outlives SIGKILL; slow")
    parser.add_argument("--oplog", type=int, default=100_000, help="the most entries it keeps for change streams")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder")
    parser.add_argument("--forever", action="store_true", help="does not end with its standard input")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    folder = options.folder or tempfile.mkdtemp(prefix="sluice-mongodb.")

    def end_with_input():
        sys.stdin.read()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    if not options.forever:
        threading.Thread(target=end_with_input, daemon=True).start()
    if options.user:
        make_user(options, folder)
    server = serve(
        options, folder, require_auth=bool(options.user), tls_cert_file=options.tls[0], tls_key_file=options.tls[1])
    print(server.port, flush=True)
    server.wait()


main()
