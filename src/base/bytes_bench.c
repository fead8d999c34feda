/* Hex both ways, for a message of the usual length, beside memcpy of the same bytes. */
#include "test/lib/bench.h"

#include "base/bytes.h"

#include <string.h>

#define MESSAGE_LEN 280 /* a sale of about 20 fields */

struct message {
    uint8_t at[MESSAGE_LEN];
    char hex[2 * MESSAGE_LEN];
};

static uint64_t run_memcpy(void *with)
{
    struct message *message = with;
    memcpy(message->hex, message->at, MESSAGE_LEN);
    __asm__ volatile("" : : "r"(message->hex) : "memory"); /* the copy is looked at */
    return (uint64_t)message->hex[0];
}

static uint64_t run_to_hex(void *with)
{
    struct message *message = with;
    bytes_to_hex(message->at, MESSAGE_LEN, message->hex);
    return (uint64_t)message->hex[1];
}

static uint64_t run_from_hex(void *with)
{
    struct message *message = with;
    size_t len = 0;
    if (bytes_from_hex(message->hex, sizeof message->hex, message->at, MESSAGE_LEN, &len) != OK)
        return 0;
    return len;
}

int main(int argc, char **argv)
{
    static struct message message;
    bool quick = bench_is_quick(argc, argv);

    for (size_t i = 0; i < MESSAGE_LEN; i++)
        message.at[i] = (uint8_t)(i * 37);
    double copy_ns = bench_ns(run_memcpy, &message, quick);
    bench_print("base: 280 bytes to hex", bench_ns(run_to_hex, &message, quick), "ns", copy_ns);
    bench_print("base: 280 bytes from hex", bench_ns(run_from_hex, &message, quick), "ns", copy_ns);
    return 0;
}
