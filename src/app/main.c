#include "app/subcommand.h"
#include "base/attribute.h"
#include "base/bytes.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which --help lists them. */
static const struct subcommand commands[] = {
    {"demo", demo_main, "play a day at the shop, each scene checked"},
    {"up", up_main, "run a whole world of card payments on this machine"},
    {"down", down_main, "end it"},
    {"status", status_main, "what runs, and where it listens"},
    {"run", run_main, "run one party alone: acquirer, issuer, terminal"},
    {"signin", cashier_main, "sign a terminal in: fresh work keys"},
    {"signoff", cashier_main, "sign a terminal off"},
    {"echo", cashier_main, "test a terminal's line"},
    {"sale", cashier_main, "sell: acquit sale 10.00 --card C1 --pin 1234"},
    {"balance", cashier_main, "ask for a card's balance"},
    {"void", cashier_main, "take a sale of this batch back"},
    {"refund", cashier_main, "give money back, all of it or a part"},
    {"preauth", cashier_main, "hold an amount: acquit preauth 500.00 --card C1 --pin 1234"},
    {"preauth-void", cashier_main, "free what is held"},
    {"increment", cashier_main, "hold more"},
    {"completion", cashier_main, "take what was held: acquit completion 430.00 --trace 3"},
    {"completion-advice", cashier_main, "the same, also while the line is down"},
    {"completion-void", cashier_main, "take a completion back"},
    {"offline-sale", cashier_main, "sell with a code that the issuer gave by voice"},
    {"tip-adjust", cashier_main, "add a tip: the new amount in all"},
    {"settle", cashier_main, "close a terminal's batch"},
    {"parameters", cashier_main, "fetch a terminal's parameters from the acquirer"},
    {"ca-keys", cashier_main, "fetch the keys of certification authorities"},
    {"aids", cashier_main, "fetch the list of card applications that are taken"},
    {"status-upload", cashier_main, "tell the acquirer how the terminal is"},
    {"signature", cashier_main, "bring a signature up: acquit signature f.pbm --trace 2"},
    {"line", line_main, "which way the terminals' line goes; pull one, mend it"},
    {"query", query_main, "what became of a payment, at every party: acquit query last"},
    {"login", cashier_main, "a cashier logs in at a terminal"},
    {"logoff", cashier_main, "and off"},
    {"operator", cashier_main, "set who may stand at a terminal, and by which password"},
    {"receipt", receipt_main, "print the receipt of a payment: text, ESC/POS, HTML"},
    {"reprint", receipt_main, "print it again: a copy that the terminal counts"},
    {"qr", qr_main, "codes for payment: draw a merchant's, explain any"},
    {"why", why_main, "tell what happened to a payment, and where the money is"},
    {"doubt", doubt_main, "what is in doubt or owed, since when, and who must act"},
    {"doctor", doctor_main, "look what is wrong with a system, and say how to mend it"},
    {"merchant", records_main, "merchants: add, list, show, set"},
    {"terminal", records_main, "terminals: add, list, show, set"},
    {"card", records_main, "cards: add, list, show, set, code, voice"},
    {"account", records_main, "accounts: list, show, set, fund"},
    {"issuer", records_main, "what issuers want of payments: list, show, set"},
    {"peer", records_main, "other hosts' books: list, and take one that went back in time"},
    {"route", route_main, "which issuer's cards are whose: list, add, check, load"},
    {"rules", rules_main, "limits and risk: check, load, show, explain, dry-run"},
    {"keys", keys_main, "keys: list, check, make, import from components"},
    {"update", update_main, "publish parameters and programs for terminals"},
    {"clock", clock_main, "move a lab's time on: acquit clock advance 31m"},
    {"audit", audit_main, "prove the books of every party, and that they agree"},
    {"backup", backup_main, "save the stores of a data folder while payments go on"},
    {"restore", restore_main, "make a data folder of a backup, as it was at some time"},
    {"archive", archive_main, "write days past what is kept into proved files, and remove them"},
    {"export", export_main, "everything that every party has stored, as JSON lines"},
    {"standby", standby_main, "keep a second machine's stores level with a primary's"},
    {"promote", promote_main, "make a standby the primary"},
    {"load", load_main, "many terminals at once; ends by proving that all parties agree"},
    {"drill", drill_main, "real processes killed, stopped and cut off while they sell"},
    {"decode", decode_main, "show what a message says, field by field"},
    {"match", match_main, "say why a reply does not match its request"},
    {"sim", simulate_main, "run simulated worlds full of faults, and judge them"},
};

static void print_help(FILE *out)
{
    fputs("acquit: card acceptance from the terminal to the issuer\n\n"
          "usage: acquit COMMAND [ARGUMENTS]    (acquit COMMAND --help says more)\n\n",
          out);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        fprintf(out, "  %-17s %s\n", commands[i].name, commands[i].help);
}

/* PINs, passwords and components of keys go over the control socket as JSON. */
static void json_free_wiped(void *at)
{
    if (at != NULL)
        bytes_wipe(at, malloc_usable_size(at));
    free(at);
}

int main(int argc, char **argv)
{
    json_set_alloc_funcs(malloc, json_free_wiped);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "acquit: there is no command '%s'; acquit --help lists them\n", argv[1]);
    return EXIT_USAGE;
}
