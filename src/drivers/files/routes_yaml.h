/*
 * A BIN table: which issuer's the cards are that begin with so many digits.
 *
 *     routes:
 *       - {bin: 620000, issuer: "20000001"}
 *       - {bin: 62000012, issuer: "20000002", inside: 620000}
 *       - {bin: 621000, issuer: "20000001", barred: true}
 *
 * Eight digits go before six. A range inside another issuer's is nearly always a mistake, so it is
 * refused unless it says inside which one it is meant to be.
 */
#ifndef DRIVERS_ROUTES_YAML_H
#define DRIVERS_ROUTES_YAML_H

#include "books/party_rows.h"
#include "drivers/files/yaml_tree.h"

#define ROUTES_MAX 200 /* of one file: they come into force in one batch */

struct route_entry {
    struct route_row row;
    char inside[7]; /* six digits, or empty */
    size_t line;
};

struct routes_file {
    size_t count;
    struct route_entry entries[ROUTES_MAX];
};

/* ERR_CONFIG with a place in *fault, ERR_FULL for a file that is too long. */
MUST_USE enum err routes_yaml_parse(struct bytes text, struct routes_file *out,
                                    struct yaml_fault *fault);

/* One entry from plain values; ERR_BAD_VALUE for what is no range or no issuer. */
MUST_USE enum err routes_entry(const char *bin, const char *issuer, struct route_entry *out);

/* Whether an entry may not stand beside a range: the same digits, or one inside the other, of
 * another issuer, and it does not say that it is meant. */
bool routes_clash(const struct route_entry *entry, const struct route_row *other);

/* "62000012 lies inside 620000 of issuer 20000001": for people. */
void routes_add_clash(struct text *t, const struct route_entry *entry,
                      const struct route_row *other);

#endif
