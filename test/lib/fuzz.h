/*
 * What a *_fuzz.c is made of. It defines LLVMFuzzerTestOneInput, returns 0, and says with
 * FUZZ_CHECK what must hold for every input, above all that decoding what was encoded gives the
 * same again.
 */
#ifndef TEST_LIB_FUZZ_H
#define TEST_LIB_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* data is exactly len bytes; the sanitizer sees a read past its end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Stops at a broken property; the fuzzer keeps the input. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            __builtin_trap();                                                                      \
    } while (0)

#endif
