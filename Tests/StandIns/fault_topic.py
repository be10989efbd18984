"""The fault harness's own view of Kafka, through confluent-kafka: nothing of Sluice takes part.

create TOPIC PARTITIONS makes a topic.
produce TOPIC RATE KEYS writes records at RATE a second, acknowledged by all replicas, until standard input closes; it
prints how many are acknowledged again and again, and all of them at the end. A record has its number n, its key k, the number s among those of its key, its partition p and the
time t in milliseconds.
read TOPIC prints every committed record as `partition|n|k|s|p|t`.
count TOPIC prints how many committed records there are again and again, until standard input closes.
offsets TOPIC GROUP prints the group's committed offsets as JSON whenever they change, until standard input closes.
"""
import json
import os
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

SERVERS, COMMAND, TOPIC, *REST = sys.argv[1:]
CLIENT = {"bootstrap.servers": SERVERS, "log_level": 0, "broker.address.family": "v4"}


def ended():
    """Is set when standard input closes, or the harness is gone: its other children may still hold that pipe."""
    event, parent = threading.Event(), os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        event.set()

    for end in (lambda: (sys.stdin.read(), event.set()), watch):
        threading.Thread(target=end, daemon=True).start()
    return event


def create():
    admin = AdminClient(CLIENT)
    end = time.monotonic() + 180
    while True:
        try:
            return admin.create_topics([NewTopic(TOPIC, int(REST[0]), 1)], operation_timeout=20)[TOPIC].result(30)
        except (KafkaException, TimeoutError) as error:
            if "ALREADY_EXISTS" in str(error):
                return
            if time.monotonic() > end:
                sys.exit(f"the broker makes no topic: {error}")
            time.sleep(0.5)


def partition_count(client):
    return len(client.list_topics(TOPIC, timeout=60).topics[TOPIC].partitions)


def produce():
    rate, keys = int(REST[0]), int(REST[1])
    producer = Producer(CLIENT | {
        "enable.idempotence": True, "linger.ms": 5, "message.timeout.ms": 0, "queue.buffering.max.messages": 1000000})
    partitions = partition_count(producer)
    stop, start, n, sequences, acknowledged, failed = ended(), time.monotonic(), 0, [0] * keys, 0, []

    def told(error, message):
        nonlocal acknowledged
        if error:
            failed.append(str(error))
        acknowledged += 1

    while not stop.wait(0.01):
        due = int((time.monotonic() - start) * rate)
        while n < due:
            key = (n * 7919) % keys
            partition = key % partitions
            value = {"n": n, "k": f"k{key}", "s": sequences[key], "p": partition, "t": int(time.time() * 1000)}
            producer.produce(TOPIC, json.dumps(value), f"k{key}", partition, on_delivery=told)
            sequences[key] += 1
            n += 1
        producer.poll(0)
        print(acknowledged, flush=True)
    producer.flush()
    if failed:
        sys.exit(failed[0])
    print(n, flush=True)


def reader():
    consumer = Consumer(CLIENT | {
        "group.id": "fault-reader", "isolation.level": "read_committed", "enable.auto.commit": False,
        "auto.offset.reset": "earliest", "enable.partition.eof": True})
    partitions = range(partition_count(consumer))
    consumer.assign([TopicPartition(TOPIC, number, 0) for number in partitions])
    return consumer, set(partitions)


def read():
    consumer, left = reader()
    while left:
        for message in consumer.consume(10000, 1):
            if not message.error():
                value = json.loads(message.value())
                print(message.partition(), *(value[name] for name in "nkspt"), sep="|")
            elif message.error().name() == "_PARTITION_EOF":
                left.discard(message.partition())
    consumer.close()


def count():
    consumer, stop, number = reader()[0], ended(), 0
    while not stop.is_set():
        number += sum(not message.error() for message in consumer.consume(10000, 0.2))
        print(number, flush=True)


def offsets():
    consumer = Consumer(CLIENT | {"group.id": REST[0], "enable.auto.commit": False})
    wanted, last, stop = [TopicPartition(TOPIC, number) for number in range(partition_count(consumer))], None, ended()
    while not stop.wait(0.1):
        try:
            now = {str(entry.partition): entry.offset for entry in consumer.committed(wanted, timeout=5)}
        except KafkaException:
            continue
        if now != last:
            print(json.dumps(now), flush=True)
        last = now


{"create": create, "produce": produce, "read": read, "count": count, "offsets": offsets}[COMMAND]()
