// A bare libmongoc client, to hold the mongodb connector against:
//
//     mongo-yardstick dump ADDRESS DATABASE COLLECTION FILE      writes the documents of a collection as BSON
//     mongo-yardstick insert ADDRESS DATABASE COLLECTION FILE    inserts them by unordered bulk operations
//     mongo-yardstick expect ADDRESS DATABASE COLLECTION COUNT   fails unless there are so many
//     mongo-yardstick drop ADDRESS DATABASE                      drops a database
#include <fcntl.h>
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

// As many as the worker puts into one batch.
enum { batch = 1000 };

static void fail(const char *what, const char *why) {
    fprintf(stderr, "mongo-yardstick: %s: %s\n", what, why);
    exit(1);
}

static void dump(mongoc_collection_t *collection, const char *path) {
    FILE *output = fopen(path, "w");
    if (!output) fail(path, "cannot be written");
    bson_t all = BSON_INITIALIZER;
    bson_error_t error;
    const bson_t *document;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &all, NULL, NULL);
    while (mongoc_cursor_next(cursor, &document)) fwrite(bson_get_data(document), 1, document->len, output);
    if (mongoc_cursor_error(cursor, &error)) fail("dump", error.message);
    mongoc_cursor_destroy(cursor);
    if (fclose(output)) fail(path, "cannot be written");
}

static void insert(mongoc_collection_t *collection, const char *path) {
    int input = open(path, O_RDONLY);
    struct stat about;
    if (input < 0 || fstat(input, &about) != 0) fail(path, "cannot be read");
    uint8_t *next = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, input, 0), *end = next + about.st_size;
    bson_t options = BSON_INITIALIZER;
    bson_append_bool(&options, "ordered", -1, false);
    while (next < end) {
        mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(collection, &options);
        bson_error_t error;
        for (int count = 0; count < batch && next < end; count++) {
            bson_t document;
            uint32_t size;
            memcpy(&size, next, sizeof size);
            if (!bson_init_static(&document, next, size)) fail(path, "holds no BSON");
            if (!mongoc_bulk_operation_insert_with_opts(bulk, &document, NULL, &error)) fail("insert", error.message);
            next += size;
        }
        if (!mongoc_bulk_operation_execute(bulk, NULL, &error)) fail("insert", error.message);
        mongoc_bulk_operation_destroy(bulk);
    }
}

static void expect(mongoc_collection_t *collection, long count) {
    bson_t all = BSON_INITIALIZER;
    bson_error_t error;
    long found = mongoc_collection_count_documents(collection, &all, NULL, NULL, NULL, &error);
    if (found < 0) fail("expect", error.message);
    if (found != count) fail("expect", "the collection has another number of documents");
}

static void drop(mongoc_client_t *client, const char *name) {
    bson_error_t error;
    if (!mongoc_database_drop(mongoc_client_get_database(client, name), &error)) fail("drop", error.message);
}

int main(int count, char **words) {
    if (count < 4) fail("usage", "dump|insert|expect ADDRESS DATABASE COLLECTION FILE|COUNT, drop ADDRESS DATABASE");
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(words[2]);
    if (!client) fail(words[2], "is no address");
    if (count == 4 && strcmp(words[1], "drop") == 0) {
        drop(client, words[3]);
        return 0;
    }
    if (count != 6) fail("usage", "the collection and a file or a count are missing");
    mongoc_collection_t *collection = mongoc_client_get_collection(client, words[3], words[4]);
    if (strcmp(words[1], "dump") == 0) dump(collection, words[5]);
    if (strcmp(words[1], "insert") == 0) insert(collection, words[5]);
    if (strcmp(words[1], "expect") == 0) expect(collection, atol(words[5]));
    return 0;
}
