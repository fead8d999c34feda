/*
 * The one table of failures. A failure is something that did not work; a refusal (card expired,
 * no funds) is data from txn/outcome_table.h and never an err; a bug is an assertion.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attribute.h"

/* name, text */
#define ERR_TABLE(ROW)                                                                             \
    ROW(OK, "no error")                                                                            \
    ROW(ERR_MORE, "not all bytes have arrived yet")                                                \
    ROW(ERR_FULL, "there is no room left")                                                         \
    ROW(ERR_BAD_LENGTH, "a length is outside its limits")                                          \
    ROW(ERR_BAD_FORMAT, "the bytes do not follow the format")                                      \
    ROW(ERR_BAD_VALUE, "a value is not allowed here")                                              \
    ROW(ERR_TRUNCATED, "the data ends too early")                                                  \
    ROW(ERR_NOT_FOUND, "there is no such thing")                                                   \
    ROW(ERR_EXISTS, "it exists already")                                                           \
    ROW(ERR_UNSUPPORTED, "this is not supported")                                                  \
    ROW(ERR_NOT_ALLOWED, "this is not allowed")                                                    \
    ROW(ERR_KEY, "a key is missing, damaged or may not be used for this")                          \
    ROW(ERR_CRYPTO, "a cryptographic check failed")                                                \
    ROW(ERR_IO, "reading or writing failed")                                                       \
    ROW(ERR_DISK_FULL, "the disk is full")                                                         \
    ROW(ERR_BUSY, "another process owns it")                                                       \
    ROW(ERR_VERSION, "it was made by another version")                                             \
    ROW(ERR_CORRUPT, "stored data is damaged")                                                     \
    ROW(ERR_TIMEOUT, "no answer in time")                                                          \
    ROW(ERR_CLOSED, "the other side closed")                                                       \
    ROW(ERR_OVERFLOW, "a number is too large")                                                     \
    ROW(ERR_CONFIG, "the configuration is wrong")

#define ERR_NAME(name, text) name,
enum err { ERR_TABLE(ERR_NAME) ERR_COUNT };
#undef ERR_NAME

/* The failure in words, for people: "a length is outside its limits". */
const char *err_text(enum err err);

/* The failure's stable name: "ERR_BAD_LENGTH". */
const char *err_name(enum err err);

/* Returns the failure from the enclosing function. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        enum err try_err_ = (expression);                                                          \
        if (try_err_ != OK)                                                                        \
            return try_err_;                                                                       \
    } while (0)

#endif
