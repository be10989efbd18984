// A bare librdkafka client, to hold the kafka connector against:
//
//     kafka-yardstick broker TOPIC PARTITIONS                    librdkafka's mock broker, until standard input ends
//     kafka-yardstick produce SERVERS TOPIC COMPRESSION LINGER FILE   each line of the file as a message; without lingering
//                                                                they are spread over the partitions one by one
//     kafka-yardstick consume SERVERS TOPIC GROUP                every message there is; prints their number and the seconds
//                                                                from the assignment of the partitions to their end
#define _GNU_SOURCE
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what, const char *why) {
    fprintf(stderr, "kafka-yardstick: %s: %s\n", what, why);
    exit(1);
}

static rd_kafka_t *client(rd_kafka_type_t type, char *const settings[]) {
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    for (; settings[0]; settings += 2)
        if (rd_kafka_conf_set(conf, settings[0], settings[1], why, sizeof why) != RD_KAFKA_CONF_OK)
            fail(settings[0], why);
    rd_kafka_t *made = rd_kafka_new(type, conf, why, sizeof why);
    if (!made) fail("a client", why);
    return made;
}

// Stands in for the C library's, which the mock broker calls: without TCP_NODELAY its answers wait for 40 ms behind each
// other, which no real broker's do.
int accept(int server, struct sockaddr *address, socklen_t *size) {
    int client = accept4(server, address, size, 0), on = 1;
    if (client >= 0) setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return client;
}

// The mock broker keeps the last 5 MB of a partition: what is to be read again needs enough of them.
static int broker(const char *topic, int partitions) {
    char *settings[] = {"client.id", "mock", NULL};
    rd_kafka_t *owner = client(RD_KAFKA_PRODUCER, settings);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, 1);
    rd_kafka_mock_topic_create(cluster, topic, partitions, 1);
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {}
    return 0;
}

// Takes reports for messages that were delivered; answers how many there were.
static long reports(rd_kafka_queue_t *queue, int timeout) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout);
    if (!event) return 0;
    long count = 0;
    const rd_kafka_message_t *message;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
        while ((message = rd_kafka_event_message_next(event))) {
            if (message->err) fail("a message", rd_kafka_err2str(message->err));
            count++;
        }
    rd_kafka_event_destroy(event);
    return count;
}

static int produce(char *servers, const char *name, char *compression, char *linger, const char *file) {
    char *settings[] = {"bootstrap.servers", servers, "enable.idempotence", "true", "acks", "all",
                        "linger.ms", linger, "compression.type", compression, NULL};
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, settings);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(producer);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, name, NULL);
    int input = open(file, O_RDONLY);
    struct stat about;
    if (input < 0 || fstat(input, &about) != 0) fail(file, "cannot be read");
    char *text = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, input, 0);
    long sent = 0, delivered = 0;
    for (char *line = text, *end = text + about.st_size; line < end;) {
        char *stop = memchr(line, '\n', end - line);
        if (!stop) stop = end;
        while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, line, stop - line, NULL, 0, NULL)) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                fail("a message", rd_kafka_err2str(rd_kafka_last_error()));
            delivered += reports(queue, 100);
        }
        if (++sent % 1000 == 0) delivered += reports(queue, 0);
        line = stop + 1;
    }
    while (delivered < sent) delivered += reports(queue, 100);
    printf("%ld\n", delivered);
    return 0;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static int consume(char *servers, const char *topic, char *group) {
    enum { most = 1000 };
    char *settings[] = {"bootstrap.servers", servers, "group.id", group, "auto.offset.reset", "earliest",
                        "enable.auto.commit", "false", "enable.auto.offset.store", "false", "enable.partition.eof", "true",
                        "queued.max.messages.kbytes", "16384", NULL};
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, -1);
    if (rd_kafka_subscribe(consumer, topics)) fail(topic, "cannot be subscribed to");
    long count = 0, bytes = 0;
    int ended = 0, assigned = 0;
    double start = 0;
    rd_kafka_message_t *messages[most];
    while (!assigned || ended < assigned) {
        messages[0] = rd_kafka_consumer_poll(consumer, 100);
        if (!messages[0]) continue;
        if (!assigned) {
            rd_kafka_topic_partition_list_t *assignment;
            if (rd_kafka_assignment(consumer, &assignment)) fail(topic, "has no assignment");
            assigned = assignment->cnt;
            rd_kafka_topic_partition_list_destroy(assignment);
            start = seconds();
        }
        ssize_t more = rd_kafka_consume_batch_queue(queue, 0, messages + 1, most - 1);
        for (ssize_t index = 0; index < 1 + (more > 0 ? more : 0); index++) {
            if (messages[index]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                ended++;
            } else if (messages[index]->err) {
                fail(topic, rd_kafka_message_errstr(messages[index]));
            } else {
                count++;
                bytes += messages[index]->len;
            }
            rd_kafka_message_destroy(messages[index]);
        }
    }
    double end = seconds();
    rd_kafka_consumer_close(consumer);
    if (bytes < count) fail(topic, "has messages without a value");
    printf("%ld %f\n", count, end - start);
    return 0;
}

int main(int count, char **words) {
    if (count == 4 && strcmp(words[1], "broker") == 0) return broker(words[2], atoi(words[3]));
    if (count == 7 && strcmp(words[1], "produce") == 0)
        return produce(words[2], words[3], words[4], words[5], words[6]);
    if (count == 5 && strcmp(words[1], "consume") == 0) return consume(words[2], words[3], words[4]);
    fail("usage", "broker TOPIC PARTITIONS | produce SERVERS TOPIC COMPRESSION LINGER FILE | consume SERVERS TOPIC GROUP");
}
