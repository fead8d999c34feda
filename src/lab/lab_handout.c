#include "lab/lab_handout.h"

#include "base/assert.h"

#include <string.h>

/* A key of 1152 bits that the laboratory made for itself, index F1 of UnionPay's RID. The chips
 * here are authenticated online (ARQC), so nobody keeps its private half. DF03 is the SHA-1 of RID,
 * index, modulus and exponent. */
static const char ca_key[] = "9F0605A0000003339F2201F1DF05083230333031323331DF060101DF070101DF"
                             "028190EAE969DCF2B75E12A40FA4EFCEEBC285CD6F360F80231985491340A068"
                             "00044DAB2AD1768521C3C5A966D4CA1646FD038EC374BA6B08EB21C66D804C89"
                             "E3F7FB5B3C0DC980F50B756F1C58DA68697657E24E114E6B678EDE32EC8BFC0C"
                             "D00776B57A8E576278BA636D051D844E48C1A420F26D1DFB614B3DC82B122EAB"
                             "470A9BC16969E592CD943ADBF18E18AB92D04FDF040103DF0314F182C2F72A46"
                             "DD616518E6DF19E48890E9941504";

/* The applications of the laboratory's cards: debit and credit. Zero floor limit: all go online. */
static const char debit[] = "9F0608A000000333010101DF0101009F09020020DF1105D84000A800DF1205D8"
                            "4004F800DF130500100000009F1B0400000000DF150400000000DF160199DF17"
                            "0199DF14039F3704DF180101";
static const char credit[] = "9F0608A000000333010102DF0101009F09020020DF1105D84000A800DF1205D8"
                             "4004F800DF130500100000009F1B0400000000DF150400000000DF160199DF17"
                             "0199DF14039F3704DF180101";

static enum err put_entry(enum txn_kind kind, const char *hex, struct handout_row *list,
                          const struct lab_sink *sink)
{
    struct handout_row row = {.layout = PARTY_ROW_LAYOUT, .kind = (uint8_t)kind};
    struct handout_name name;
    size_t len;

    TRY(bytes_from_hex(hex, strlen(hex), row.at, sizeof row.at, &len));
    row.len = (uint16_t)len;
    TRY(handout_name_read(kind, handout_block(&row), &name));
    TRY(handout_list_add(kind, handout_block(&row), list));
    row.name_len = name.len;
    memcpy(row.name, name.at, name.len);
    return lab_handout_put(&row, sink);
}

enum err lab_handout_put(const struct handout_row *row, const struct lab_sink *sink)
{
    static const char everybody[TERMINAL_ID_LEN];
    struct node_command command = {.kind = COMMAND_PUT_ROW, .value_len = sizeof *row};
    struct handout_name name = {.len = row->name_len};

    assert(row->name_len <= sizeof name.at);
    memcpy(name.at, row->name, row->name_len);
    command.key = handout_row_key(everybody, (enum txn_kind)row->kind, &name);
    memcpy(command.value, row, sizeof *row);
    return sink->put(sink->self, &command);
}

enum err lab_handout(const struct lab_sink *sink)
{
    struct handout_row keys = {.layout = PARTY_ROW_LAYOUT, .kind = KIND_CA_KEYS};
    struct handout_row aids = {.layout = PARTY_ROW_LAYOUT, .kind = KIND_AIDS};

    TRY(put_entry(KIND_CA_KEYS, ca_key, &keys, sink));
    TRY(put_entry(KIND_AIDS, debit, &aids, sink));
    TRY(put_entry(KIND_AIDS, credit, &aids, sink));
    TRY(lab_handout_put(&keys, sink));
    return lab_handout_put(&aids, sink);
}
