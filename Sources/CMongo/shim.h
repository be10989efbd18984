#pragma once
// Swift holds BSON as bytes of its own, since it does not import bson_t (128 bytes, aligned to 128): that lives in these
// functions only.
#include <mongoc/mongoc.h>
#include <sys/eventfd.h>

/// What a command is to libmongoc, which adds the matching concerns of the address.
typedef enum { SLUICE_MONGO_PLAIN, SLUICE_MONGO_WRITE } sluice_mongo_kind;

/// Runs a command on the primary and gives its reply, which the caller destroys. A session may be null.
static inline bson_t *sluice_mongo_run(
    mongoc_client_t *client, const char *database, sluice_mongo_kind kind, const uint8_t *command, size_t size,
    mongoc_client_session_t *session, bool *succeeded, bson_error_t *error) {
    bson_t body, options = BSON_INITIALIZER, reply;
    *succeeded = false;
    if (!bson_init_static(&body, command, size)) return NULL;
    if (session && !mongoc_client_session_append(session, &options, error)) return NULL;
    *succeeded = kind == SLUICE_MONGO_WRITE
        ? mongoc_client_write_command_with_opts(client, database, &body, &options, &reply, error)
        : mongoc_client_command_with_opts(client, database, &body, NULL, &options, &reply, error);
    bson_t *copy = bson_copy(&reply);
    bson_destroy(&reply);
    bson_destroy(&options);
    return copy;
}

/// Commits and gives the reply, which the caller destroys.
static inline bson_t *sluice_mongo_commit(mongoc_client_session_t *session, bool *succeeded, bson_error_t *error) {
    bson_t reply;
    *succeeded = mongoc_client_session_commit_transaction(session, &reply, error);
    bson_t *copy = bson_copy(&reply);
    bson_destroy(&reply);
    return copy;
}

/// Begins to read a collection; filter and options are BSON.
static inline mongoc_cursor_t *sluice_mongo_find(
    mongoc_collection_t *collection, const uint8_t *filter, size_t filter_size, const uint8_t *options,
    size_t options_size) {
    bson_t filter_body, options_body;
    if (!bson_init_static(&filter_body, filter, filter_size)) return NULL;
    if (!bson_init_static(&options_body, options, options_size)) return NULL;
    return mongoc_collection_find_with_opts(collection, &filter_body, &options_body, NULL);
}

/// Watches a collection, or without one the database; pipeline and options are BSON.
static inline mongoc_change_stream_t *sluice_mongo_watch(
    mongoc_client_t *client, const char *database, const char *collection, const uint8_t *pipeline,
    size_t pipeline_size, const uint8_t *options, size_t options_size) {
    bson_t pipeline_body, options_body;
    if (!bson_init_static(&pipeline_body, pipeline, pipeline_size)) return NULL;
    if (!bson_init_static(&options_body, options, options_size)) return NULL;
    if (!collection) {
        mongoc_database_t *handle = mongoc_client_get_database(client, database);
        mongoc_change_stream_t *stream = mongoc_database_watch(handle, &pipeline_body, &options_body);
        mongoc_database_destroy(handle);
        return stream;
    }
    mongoc_collection_t *handle = mongoc_client_get_collection(client, database, collection);
    mongoc_change_stream_t *stream = mongoc_collection_watch(handle, &pipeline_body, &options_body);
    mongoc_collection_destroy(handle);
    return stream;
}

/// The number of bytes of a document.
static inline size_t sluice_mongo_size(const bson_t *document) { return document->len; }

/// The text of an error, without a copy.
static inline const char *sluice_mongo_text(const bson_error_t *error) { return error->message; }

/// Reads a decimal number; false when it has more than 34 digits or too large an exponent.
static inline bool sluice_mongo_decimal(const char *text, uint64_t *low, uint64_t *high) {
    bson_decimal128_t number;
    if (!bson_decimal128_from_string(text, &number)) return false;
    *low = number.low;
    *high = number.high;
    return true;
}

/// Writes a decimal number into 43 bytes.
static inline void sluice_mongo_decimal_text(uint64_t low, uint64_t high, char *text) {
    bson_decimal128_t number = {.low = low, .high = high};
    bson_decimal128_to_string(&number, text);
}
