/* The file that config_write_default writes. */
#include "app/world/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const char *const default_text[] = {
    "# acquit.yaml: one small world of card payments on this machine, with test keys"
    " and no real money.\n"
    "# Every party reads this file: `acquit up` runs them all in one process,"
    " `acquit run acquirer`,\n"
    "# `acquit run issuer --issuer ID` and `acquit run terminal` each alone.\n"
    "# New merchants, terminals and cards that are added here appear at the next start.\n"
    "\n"
    "lab: true            # the keys are test keys (made from lab.seed beside this file)\n"
    "# passphrase: FILE   # makes the parties' master keys; one line, mode 0600; without it"
    " they come from lab.seed\n"
    "utc_offset_h: 8      # business dates and receipts\n"
    "store: sqlite        # one file for each party in this folder; or memory; or"
    " postgres with\n"
    "                     # postgres: \"host=/run/postgresql dbname=acquit\"\n"
    "node: 1              # which node of a shared store this is, 1 to 9\n"
    "# lease_ms: 10000    # a node of a shared store that is silent for longer is dead\n"
    "\n"
    "timings:             # they nest: the terminal waits longer than the switch,"
    " the switch longer\n"
    "  terminal_wait_ms: 15000     # than the age at which an issuer still accepts a"
    " request\n"
    "  acquirer_wait_ms: 10000\n"
    "  request_age_max_ms: 8000\n"
    "  retry_first_ms: 1000        # reversals: first pause, doubled up to"
    " retry_max_ms; for ever\n"
    "  retry_max_ms: 8000\n"
    "  hand_over_s: 14400          # what is owed for so long is handed to a person, too:"
    " acquit doubt\n"
    "\n"
    "acquirer:\n"
    "  id: \"10000001\"\n"
    "  name: \"Lab Acquirer\"\n"
    "  listen: 127.0.0.1:0     # terminals connect here; port 0: any free one"
    " (`acquit status` tells)\n"
    "  backup: 127.0.0.1:0     # and here, when the first fails; without it there is one way only\n"
    "  # nodes: [{node: 2, listen: ADDRESS}]   # more nodes of the switch, on one"
    " PostgreSQL\n"
    "# line: {primary: ADDRESS, backup: ADDRESS}   # where terminals connect, when it is not"
    " straight there\n"
    "\n"
    "issuers:                      # the switch connects to where each listens (backup: a second"
    " address)\n"
    "  - {id: \"20000001\", name: \"First Lab Bank\", bin: \"62000001\", listen:"
    " \"127.0.0.1:0\"}\n"
    "  - {id: \"20000002\", name: \"Second Lab Bank\", bin: \"62000002\", listen:"
    " \"127.0.0.1:0\"}\n"
    "  - {id: \"20000003\", name: \"Absent Lab Bank\", bin: \"62000003\", absent:"
    " true} # routed to, never there\n"
    "\n"
    "merchants:\n"
    "  - {id: M1, name: \"Lab Supermarket\", category: 5411}\n"
    "  - {id: M2, name: \"Lab Noodle Bar\", category: 5812, amount_max: \"2000.00\"}\n"
    "  - {id: M3, name: \"Lab Bookshop\", category: 5942}\n"
    "\n"
    ,
    "terminals:                    # tap_limit: contactless without PIN up to this amount\n"
    "  - {id: T1, merchant: M1, tap_limit: \"1000.00\"}\n"
    "  - {id: T2, merchant: M1, tap_limit: \"1000.00\"}\n"
    "  - {id: T3, merchant: M2, tap_limit: \"300.00\"}\n"
    "  - {id: T4, merchant: M3}\n"
    "\n"
    "cards:                        # the number of a card is its issuer's BIN and"
    " its place in this list\n"
    "  # plenty of money\n"
    "  - {label: C1, issuer: \"20000001\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\", tap_limit: \"1000.00\"}\n"
    "  # a stripe only\n"
    "  - {label: C2, issuer: \"20000001\", expiry: 3012, service_code: \"120\","
    " media: [stripe],\n"
    "     pin: \"1234\", balance: \"10000.00\"}\n"
    "  # little money\n"
    "  - {label: C3, issuer: \"20000001\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"5.00\", tap_limit: \"1000.00\"}\n"
    "  - {label: C4, issuer: \"20000001\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\", state: frozen}\n"
    "  - {label: C5, issuer: \"20000001\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\", state: stolen}\n"
    "  - {label: C6, issuer: \"20000001\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\", state: lost}\n"
    "  # expired\n"
    "  - {label: C7, issuer: \"20000001\", expiry: 2310, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\"}\n"
    "  - {label: C8, issuer: \"20000002\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\", state: not-activated}\n"
    "  # low limits\n"
    "  - {label: C9, issuer: \"20000002\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", balance: \"10000.00\", limit: \"50.00\", daily_limit:"
    " \"100.00\", daily_count: 3,\n"
    "     tap_limit: \"1000.00\"}\n"
    "  # credit\n"
    "  - {label: C10, issuer: \"20000002\", expiry: 3012, service_code: \"220\","
    " media: [stripe, chip, contactless],\n"
    "     pin: \"1234\", credit_limit: \"5000.00\", tap_limit: \"1000.00\"}\n"
    "  # a BIN that nobody issues, and one whose issuer is away\n"
    "  - {label: C11, issuer: nobody, bin: \"62000099\", expiry: 3012, service_code:"
    " \"220\",\n"
    "     media: [stripe, chip, contactless], pin: \"1234\"}\n"
    "  - {label: C12, issuer: \"20000003\", expiry: 3012, service_code: \"220\",\n"
    "     media: [stripe, chip, contactless], pin: \"1234\", balance: \"10000.00\"}\n"
    "  # a range that its issuer has opened and the switch does not know yet\n"
    "  - {label: C15, issuer: \"20000002\", bin: \"62000098\", expiry: 3012, service_code: \"220\",\n"
    "     media: [stripe, chip, contactless], pin: \"1234\", balance: \"10000.00\"}\n"
    "  # a stripe and a chip made without the issuer's keys\n"
    "  - {label: C13, issuer: \"20000001\", expiry: 3012, service_code: \"120\", media: [stripe],\n"
    "     pin: \"1234\", balance: \"10000.00\", forged: true}\n"
    "  - {label: C14, issuer: \"20000001\", expiry: 3012, service_code: \"220\", media: [stripe, "
    "chip],\n"
    "     pin: \"1234\", balance: \"10000.00\", forged: true}\n"
    "\n"
    "load: {terminals: 1000, cards: 2000} # terminals L0000001 .. and cards L1 .."
    " for `acquit load`;\n"
    "                   # with operators: true their supervisors too, for `acquit load --shop`\n",
};
/* clang-format on */

static const char training_text[] =
    "\ntraining: true       # a world for practice: its terminals and books are marked, and it "
    "takes"
    "\n                     # nothing from a terminal that is not\n";

static enum err failed(const char *path, struct text *error)
{
    text_add(error, path);
    text_add(error, ": ");
    text_add(error, strerror(errno));
    return errno == EEXIST ? ERR_EXISTS : ERR_IO;
}

static bool write_text(int fd, const char *text)
{
    return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

enum err config_write_default(const char *path, bool is_training, struct text *error)
{
    bool is_written = true;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return failed(path, error);
    for (size_t i = 0; i < ARRAY_COUNT(default_text) && is_written; i++)
        is_written = write_text(fd, default_text[i]);
    if (is_training)
        is_written = is_written && write_text(fd, training_text);
    enum err err = is_written && fsync(fd) == 0 ? OK : failed(path, error);
    close(fd);
    return err;
}
