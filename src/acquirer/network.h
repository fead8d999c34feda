/*
 * Messages about the line and its keys.
 *
 * Towards terminals: sign-in (new work keys under the terminal's master key), sign-off, echo. These
 * carry no MAC, so they move nothing but keys: whoever forges a sign-in gets keys that he cannot
 * read, and the terminal's next message, refused by A0, makes it sign in again.
 *
 * Towards issuers: the switch signs on whenever a link comes up and takes new zone keys from the
 * answer; until then the issuer is not up and its cards are refused (91). It tries again until that
 * works, tests an idle link by echoes, and renews the zone's keys when MACs do not verify.
 */
#ifndef ACQUIRER_NETWORK_H
#define ACQUIRER_NETWORK_H

#include "acquirer/admit.h"

/* Network codes: field 60.3 of terminals' sign-ins names the download, DE 70 between hosts
 * (ISO 8583:1987, DE 70) says what is wanted. */
#define NETWORK_SIGN_ON 1

/* How often an idle link to an issuer is tested. */
#define NETWORK_ECHO_MS 30000

/* Whether a sign-in asks for a download of keys that we make: 60.3 = 001 (single length) or 003
 * (double length). Track keys (004) and SM4 (005, 006, 011) are not served. */
bool network_download_is_known(const struct txn_message *message);

/* Sign-in, sign-off and echo of a terminal. */
void network_terminal_needs(struct node_work *work);
void network_terminal_checks(struct node_work *work);
void network_terminal_step(struct node_work *work);

/* An issuer's own network messages, and its answers to ours. */
void network_zone_needs(struct node_work *work);
void network_request_step(struct node_work *work);
void network_answer_checks(struct node_work *work);
void network_answer_step(struct node_work *work);

/* A link to an issuer came up or went down. */
void network_link_step(struct node_work *work);
/* It is time to look after a link: EVENT_TIMER with an issuer's row. */
void network_tick_step(struct node_work *work);

/* Asks the issuer for new zone keys after a MAC that did not verify; at most once in
 * retry_first_ms. True when it did so, which the caller records. */
bool network_renew_zone(const struct desk *desk);

#endif
