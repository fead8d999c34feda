/*
 * The configuration of a laboratory world: one commented YAML file that names the parties, where
 * they listen, their merchants, terminals and cards. `acquit up` writes it with working defaults
 * when it is not there. Each party reads the same file, also when it runs alone.
 *
 * No card number stands in it: a card is its BIN and a serial number.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include "lab/world.h"

#define CONFIG_ADDRESS_LEN 64
#define CONFIG_ISSUERS_MAX 16
#define CONFIG_PATH_LEN 256
#define CONFIG_NODES_MAX 8

enum config_store { CONFIG_SQLITE, CONFIG_MEMORY, CONFIG_POSTGRES };

/* TLS of one kind of link; empty strings are absent. */
struct config_tls {
    bool is_on;
    char certificate[CONFIG_PATH_LEN];
    char key[CONFIG_PATH_LEN];
    char authority[CONFIG_PATH_LEN];
    bool demand_client;
};

/* One more node of the switch on a shared store. */
struct config_node {
    uint16_t node;
    char listen[CONFIG_ADDRESS_LEN];
};

struct config {
    char path[CONFIG_PATH_LEN]; /* of the file */
    char data[CONFIG_PATH_LEN]; /* folder of stores, sockets and secrets */
    struct lab_world world;
    uint32_t listed_terminals; /* of the world's; the rest was generated for load */
    uint32_t listed_cards;
    char catalogue[CONFIG_PATH_LEN];  /* own words over the catalogue (overlay_file.h); "": none */
    char passphrase[CONFIG_PATH_LEN]; /* file of the master keys' passphrase; "": from the seed */
    enum config_store store;
    char postgres[CONFIG_PATH_LEN]; /* conninfo */
    uint16_t node;                  /* of a shared store; of the switch: the first one's */
    uint32_t lease_ms; /* a node of a shared store that is silent for longer is dead; 0: the
                          driver's */
    struct config_node nodes[CONFIG_NODES_MAX]; /* of the switch, beside the first */
    size_t node_count;
    char standby[CONFIG_ADDRESS_LEN]; /* where the journals are shipped; "": nowhere */
    bool standby_is_required;
    struct config_tls standby_tls; /* off: in clear, which only a standby on this machine may be */
    char standby_peer[CONFIG_ADDRESS_LEN]; /* the name in the standby's certificate */
    char acquirer_listen[CONFIG_ADDRESS_LEN];
    char acquirer_backup[CONFIG_ADDRESS_LEN]; /* listens there as well; "": does not */
    char issuer_listen[CONFIG_ISSUERS_MAX][CONFIG_ADDRESS_LEN];
    char issuer_backup[CONFIG_ISSUERS_MAX][CONFIG_ADDRESS_LEN];
    char line_primary[CONFIG_ADDRESS_LEN]; /* where terminals connect; "": where the switch
                                              listens */
    char line_backup[CONFIG_ADDRESS_LEN];
    struct config_tls terminal_tls; /* terminals and switch */
    struct config_tls issuer_tls;   /* switch and issuers */
};

/* Reads a file. The data folder is that of the file unless it names another. On failure *error is
 * "FILE:LINE:COLUMN: what is wrong, what was expected". Free with config_free. */
MUST_USE enum err config_read(const char *path, struct config *out, struct text *error);

/* Merchants, terminals and cards that were added by command (`acquit card add`) stand in a file of
 * the data folder, one entry a line. It is read behind the lists; with another file in its place
 * it can be tried out. */
#define CONFIG_ADDED "added.yaml"
MUST_USE enum err config_read_with(const char *path, const char *added, struct config *out,
                                   struct text *error);
void config_free(struct config *config);

/* Writes the default file; ERR_EXISTS when there is one. */
MUST_USE enum err config_write_default(const char *path, bool is_training, struct text *error);

#endif
