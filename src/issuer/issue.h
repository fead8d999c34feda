/*
 * One message about a payment as the issuer has it in hand: the rows known so far, the card data,
 * and the questions put to the hsm with what their answers prove. It is built afresh from the
 * working set each time it is needed and holds card data in clear: declare it ISSUE_WIPED.
 */
#ifndef ISSUER_ISSUE_H
#define ISSUER_ISSUE_H

#include "books/archive_rows.h"
#include "issuer/field55.h"
#include "node/aside.h"
#include "node/node.h"

#define ISSUE_WIPED __attribute__((cleanup(issue_wipe)))

/* What is known of a row. */
enum issue_row {
    ISSUE_ROW_UNREAD, /* not asked for, or not loaded yet */
    ISSUE_ROW_ABSENT,
    ISSUE_ROW_DAMAGED, /* stored, but not what we wrote */
    ISSUE_ROW_GOOD,
};

/* What a question's answer proves. */
enum issue_proof {
    ISSUE_UNPROVED, /* not asked */
    ISSUE_RIGHT,
    ISSUE_WRONG,
    ISSUE_BROKEN, /* the hsm could not say: no key, no device */
};

struct issue {
    struct node_work *work;
    const struct node_event *event;
    const struct txn_message *message;
    const struct config_row *config; /* this and all rows below: NULL unless good */
    const struct acquirer_row *acquirer;
    const struct payment_row *payment;  /* what is recorded under the message's identity */
    const struct payment_row *original; /* what a follow-up follows */
    const struct payment_row *hold;     /* the pre-authorisation whose hold it is about: payment,
                                           original, or the original's original */
    /* Up to where payments of the terminals of payment and original were archived. */
    const struct archive_mark_row *mark;
    const struct archive_mark_row *original_mark;
    const struct given_code_row *code; /* what a payment by code or an offline sale brings */
    const struct card_row *card;
    const struct account_row *account;
    struct row_key acquirer_key;
    struct row_key payment_key;
    struct row_key original_key; /* this and all keys below: table 0 while it is not known */
    struct row_key hold_key;
    struct row_key pending_key; /* of the hold's end */
    struct row_key code_key;
    struct row_key card_key;
    struct row_key account_key;
    struct key_owner owner; /* whose the issuer's keys and the zone keys are */
    struct pan pan;         /* of DE 2 or the track; len 0: none */
    bool has_track;
    struct track2 track;
    const char *track_fault; /* why the track cannot be used; NULL when it can */
    bool has_chip_data;      /* DE 55 is there; chip_fault says whether it can be used */
    struct field55 chip;
    const char *chip_fault;
};

void issue_open(struct node_work *work, struct issue *out);
void issue_wipe(struct issue *issue);

/* The rows and questions of a request or reversal. Asking again changes nothing. */
void issue_needs(const struct issue *issue);
void issue_checks(const struct issue *issue);

enum issue_row issue_row_state(const struct node_work *work, const struct row_key *key,
                               size_t size);

/* Of what is recorded under the message's identity; GOOD: issue->payment is it. */
enum issue_row issue_payment_state(const struct issue *issue);
/* It took no money, so nothing can follow it. */
bool issue_original_is_refused(const struct payment_row *original);

/* Of what a follow-up follows; GOOD: issue->original is it, and issue->hold when there must be one.
 * ABSENT also when the message names no original. */
enum issue_row issue_original_state(const struct issue *issue);

/* There is no row, but one may have been archived: nothing is known of it here. */
bool issue_payment_is_archived(const struct issue *issue);
bool issue_original_is_archived(const struct issue *issue);

/* Which payment a follow-up is about; trace 0: it names none. */
struct identity issue_original_identity(const struct issue *issue);

bool issue_is_follow_up(const struct issue *issue);

/* Does the hold's end go back when ended_by is undone, as far as its date allows? False when
 * something else ended it. */
bool issue_hold_was_ended_by(const struct issue *issue, const struct payment_row *ended_by);
/* The same, and its date has not passed. */
bool issue_hold_comes_back(const struct issue *issue, const struct payment_row *ended_by);

/* Is the message from the acquirer it names? ISSUE_WRONG also without zone keys or a MAC. */
enum issue_proof issue_sender(const struct issue *issue);
/* Is the number hashed? Never ISSUE_WRONG. */
enum issue_proof issue_pan(const struct issue *issue);
enum issue_proof issue_cvv(const struct issue *issue);
enum issue_proof issue_cryptogram(const struct issue *issue);
enum issue_proof issue_pin(const struct issue *issue);

/* The zone's MAC key that proved the sender, and so seals the answer: the one before the last
 * change for what was on its way then. The other side may not have taken the new one yet, and where
 * several nodes share the zone, only one of them asked for it. */
const struct keyblock *issue_mac_key(const struct issue *issue);

/* Keeps the message in a row for what does not fit, with in which way: bits of enum
 * aside_difference. False: it was noted a short while ago, and there is nothing to record. */
MUST_USE bool issue_keep_aside(const struct issue *issue, unsigned differs);

/* The PAN as rows keep it; zeros when there is none or it is not hashed. */
struct pan_token issue_pan_token(const struct issue *issue);

/* Which value proves the card in this entry mode, and whether the message carries one. */
enum cvv_kind issue_cvv_kind(const struct issue *issue);
bool issue_has_cvv(const struct issue *issue);

/* The card was read by its chip. */
bool issue_is_chip(const struct issue *issue);
/* Wrong PINs in a row, as far as they still count: a policy may open locked cards the next day. */
uint8_t issue_pin_tries(const struct issue *issue);
/* Track, chip data, printed value or PIN are judged: always for what stands for itself, is not an
 * advice and not paid by code; for increments and completions as far as they bring them. */
bool issue_is_proved(const struct issue *issue);
/* The issuer's business date of the event, 20261122. */
uint32_t issue_date(const struct issue *issue);
/* The amount asked for; zero in the issuer's currency when the message carries none. */
struct money issue_amount(const struct issue *issue);
/* The card's sequence number for key derivation, 0..99. */
uint8_t issue_card_sequence(const struct card_row *card);

#endif
