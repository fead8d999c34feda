/*
 * An HSM in software, on OpenSSL: for the laboratory, tests, simulation and small closed systems.
 * It is no certified device: in production the master key belongs in a token (PKCS#11).
 *
 * Keys are opened once and kept with ready cipher contexts in a bounded cache, found by the whole
 * key block; what is evicted is wiped. One instance belongs to one thread; workers each open one.
 */
#ifndef DRIVERS_HSM_SOFT_H
#define DRIVERS_HSM_SOFT_H

#include "hsm/command.h"

#define HSM_SOFT_CACHE_DEFAULT 4096

struct hsm_soft;

/* Where random bytes come from: the kernel in production, a seed in simulation, so that the same
 * seed makes the same keys and blocks. False when there are none; the command then answers
 * HSM_DOWN. */
struct random_source {
    void *self;
    bool (*fill)(void *self, uint8_t *out, size_t len);
};

/* The kernel's generator (getrandom). */
struct random_source random_source_kernel(void);

struct hsm_soft_config {
    struct secret master;        /* 32 bytes; wiped by the caller after opening */
    uint8_t master_generation;   /* written into new blocks; blocks of another are refused */
    enum key_realm realm;        /* keys of the other realm are refused */
    size_t cache_len;            /* keys kept ready; 0 for HSM_SOFT_CACHE_DEFAULT */
    struct random_source random; /* no fill for the kernel's */
};

/* ERR_BAD_LENGTH for a master key that is not 32 bytes, ERR_UNSUPPORTED when OpenSSL lacks a
 * cipher (single DES is in its legacy provider), ERR_FULL without memory. Free it with
 * hsm_soft_close. */
MUST_USE enum err hsm_soft_open(const struct hsm_soft_config *config, struct hsm_soft **out);

/* Wipes all keys. NULL is allowed. */
void hsm_soft_close(struct hsm_soft *soft);

/* The contract over it; valid until it is closed. The card commands answer HSM_DOWN: a composite
 * (drivers/hsm_route.h) sends them to a card driver. */
struct hsm hsm_soft_contract(struct hsm_soft *soft);

#endif
