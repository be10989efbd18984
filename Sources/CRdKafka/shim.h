#pragma once
// rd_kafka_producev is variadic and its unions in rd_kafka_produceva are no better for Swift: one typed function for the
// one set of arguments that is used.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <sys/eventfd.h>

/// Copies value and key, and takes the headers unless it fails. A null value makes a tombstone, a null key none; a
/// timestamp of 0 means now; a partition of -1 leaves the choice to the partitioner.
static inline rd_kafka_resp_err_t sluice_kafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, int64_t timestamp, const void *value,
    size_t value_size, const void *key, size_t key_size, rd_kafka_headers_t *headers, void *tag) {
    // The plain function costs less, and knows neither of the two.
    if (!headers && timestamp == 0) {
        int failed = rd_kafka_produce(
            topic, partition, RD_KAFKA_MSG_F_COPY, (void *)value, value_size, key, key_size, tag);
        return failed ? rd_kafka_last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(tag), RD_KAFKA_V_END);
}
