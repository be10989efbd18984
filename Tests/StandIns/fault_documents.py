"""The fault harness's own view of MongoDB, through pymongo: nothing of Sluice takes part.

URI DATABASE read prints every document as `0|n|k|s|p|t`, in the order in which they were written.
URI DATABASE count prints how many there are again and again, until standard input closes.
"""
import os
import sys
import threading

import pymongo

URI, DATABASE, COMMAND = sys.argv[1:]
collection = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)[DATABASE].t


def read():
    for document in collection.find().sort("$natural", 1):
        print(0, *(document.get(name) for name in "nkspt"), sep="|")


def count():
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    parent = os.getppid()
    while not stop.wait(0.2) and os.getppid() == parent:
        try:
            print(collection.estimated_document_count(), flush=True)
        except pymongo.errors.PyMongoError:
            pass


{"read": read, "count": count}[COMMAND]()
