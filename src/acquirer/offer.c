#include "acquirer/offer.h"

#include "acquirer/admit.h"
#include "acquirer/respond.h"
#include "books/update_rows.h"
#include "txn/update_block.h"

#include <string.h>

static const char acquirers_own[TERMINAL_ID_LEN]; /* whose pieces the published ones are */

_Static_assert(UPDATE_DIGEST_LEN == DIGEST_LEN && UPDATE_SIGNATURE_LEN == SIGNATURE_LEN,
               "a manifest is a row and a block");

static struct row_key offer_key(const struct terminal_row *terminal, enum update_kind kind)
{
    static const char everybody[UPDATE_GROUP_LEN] = {'a', 'l', 'l', ' ', ' ', ' ', ' ', ' '};
    const char *group = terminal->group[0] == 0 ? everybody : terminal->group;

    return offer_row_key(kind, group);
}

static const struct offer_row *offer_of(const struct desk *desk, enum update_kind kind)
{
    struct row_key key = offer_key(desk->terminal, kind);

    return node_value(desk->work, &key, sizeof(struct offer_row));
}

static const struct fetch_row *fetch_of(const struct desk *desk, enum update_kind kind)
{
    struct row_key key = fetch_row_key(desk->identity.terminal, kind);

    return node_value(desk->work, &key, sizeof(struct fetch_row));
}

static void need_offers(const struct desk *desk)
{
    if (desk->terminal == NULL)
        return;
    node_need(desk->work, offer_key(desk->terminal, UPDATE_SOFTWARE));
    node_need(desk->work, offer_key(desk->terminal, UPDATE_PARAMETERS));
    node_need(desk->work, fetch_row_key(desk->identity.terminal, UPDATE_SOFTWARE));
    node_need(desk->work, fetch_row_key(desk->identity.terminal, UPDATE_PARAMETERS));
}

void offer_need_signed_in(const struct desk *desk)
{
    need_offers(desk);
}

static bool is_newer(const struct desk *desk, enum update_kind kind, uint32_t in_use)
{
    const struct offer_row *offer = offer_of(desk, kind);

    return offer != NULL && offer->version > in_use;
}

uint8_t offer_demand(const struct desk *desk)
{
    const struct fetch_row *parameters = fetch_of(desk, UPDATE_PARAMETERS);
    bool is_demanded =
        is_newer(desk, UPDATE_SOFTWARE, desk->message->software) ||
        is_newer(desk, UPDATE_PARAMETERS, parameters == NULL ? 0 : parameters->active);

    return is_demanded ? OFFER_DEMAND : 0;
}

/* ---- requests ---- */

static bool read_request(const struct desk *desk, struct update_request *out)
{
    return update_request_read(desk->message->block, out) == OK;
}

/* The version meant: the one asked for, or the one offered; 0 when there is none. */
static uint32_t version_of(const struct desk *desk, const struct update_request *request)
{
    if (request->version != 0)
        return request->version;
    const struct offer_row *offer = offer_of(desk, (enum update_kind)request->kind);
    uint32_t in_use = request->kind == UPDATE_SOFTWARE ? request->software : request->parameters;
    return offer != NULL && offer->version > in_use ? offer->version : 0;
}

void offer_request_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct update_request request;

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    node_need(work, desk_merchant_key(desk.message->merchant));
    need_offers(&desk);
    if (desk.terminal == NULL || !read_request(&desk, &request))
        return;
    uint32_t version = version_of(&desk, &request);
    if (version == 0)
        return;
    node_need(work, update_row_key((enum update_kind)request.kind, version));
    if (request.place > 0)
        node_need(work, piece_row_key(acquirers_own, (enum update_kind)request.kind, version,
                                      request.place));
}

static struct bytes manifest_of(const struct desk *desk, const struct update_manifest *manifest)
{
    struct update_block block = {.is_manifest = true,
                                 .kind = (char)manifest->kind,
                                 .pieces = manifest->pieces,
                                 .version = manifest->version,
                                 .size = manifest->size};
    char out[UPDATE_MANIFEST_LEN];

    memcpy(block.digest, manifest->digest, sizeof block.digest);
    memcpy(block.signature, manifest->signature, sizeof block.signature);
    update_manifest_write(&block, out);
    return node_block(desk->work, bytes_over(out, sizeof out));
}

static struct bytes piece_of(const struct desk *desk, const struct update_request *request)
{
    struct row_key key = piece_row_key(acquirers_own, (enum update_kind)request->kind,
                                       request->version, request->place);
    const struct piece_row *piece = node_value(desk->work, &key, sizeof *piece);
    struct update_block block = {
        .kind = request->kind, .version = request->version, .place = request->place};
    char out[UPDATE_PIECE_HEAD_LEN + UPDATE_PIECE_LEN_MAX];

    if (piece == NULL || piece->len == 0 || piece->len > sizeof piece->at)
        return (struct bytes){0};
    update_piece_head_write(&block, out);
    memcpy(out + UPDATE_PIECE_HEAD_LEN, piece->at, piece->len);
    return node_block(desk->work, bytes_over(out, UPDATE_PIECE_HEAD_LEN + (size_t)piece->len));
}

/* What is asked for; empty when there is no such thing. */
static struct bytes content_of(const struct desk *desk, const struct update_request *request)
{
    uint32_t version = version_of(desk, request);
    struct row_key key = update_row_key((enum update_kind)request->kind, version);
    const struct update_row *update = node_value(desk->work, &key, sizeof *update);

    if (version == 0 || update == NULL)
        return (struct bytes){0};
    return request->place == 0 ? manifest_of(desk, &update->manifest) : piece_of(desk, request);
}

/* What the terminal says of itself, once for each change. True when something was put. */
static bool keep_progress(const struct desk *desk, enum update_kind kind, uint32_t active,
                          const struct update_request *request)
{
    struct row_key key = fetch_row_key(desk->identity.terminal, kind);
    const struct fetch_row *old = fetch_of(desk, kind);
    struct fetch_row row;

    memset(&row, 0, sizeof row);
    if (old != NULL)
        row = *old;
    bool is_about_it = (enum update_kind)request->kind == kind && request->place > 0;
    if (old != NULL && row.active == active && row.next == 0 && !is_about_it)
        return false;
    row.layout = PARTY_ROW_LAYOUT;
    row.active = active;
    row.next = is_about_it ? request->place : 0;
    row.state = is_about_it ? FETCH_COMING : FETCH_ACTIVE;
    row.manifest.version = is_about_it ? request->version : active;
    row.changed = desk->event->wall;
    node_put(desk->work, &key, &row, sizeof row);
    return true;
}

void offer_request_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_network(&desk);
    struct update_request request;

    if (verdict.outcome == OUTCOME_NONE && !read_request(&desk, &request)) {
        verdict.outcome = OUTCOME_MESSAGE_MALFORMED;
        evidence_add_number(verdict.evidence, EVIDENCE_FIELD, 62);
        evidence_add(verdict.evidence, EVIDENCE_EXPECTED, "an update request");
    }
    if (verdict.outcome != OUTCOME_NONE) {
        if (desk.terminal != NULL)
            desk_record(&desk, WHAT_DECLINED, verdict.outcome);
        respond_refusal(&desk, &verdict, RESPOND_PLAIN);
        return;
    }
    bool is_changed = keep_progress(&desk, UPDATE_SOFTWARE, request.software, &request);
    is_changed |= keep_progress(&desk, UPDATE_PARAMETERS, request.parameters, &request);
    if (is_changed)
        desk_record(&desk, WHAT_DOWNLOADED, OUTCOME_APPROVED);
    respond_network(&desk)->block = content_of(&desk, &request);
}
