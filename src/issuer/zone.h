/*
 * Network messages of the zone between switch and issuer: sign-on, which brings new zone keys,
 * sign-off and echo. They carry no MAC, for a sign-on is what mends keys that are out of step; the
 * keys in its answer are sealed under the zone master key, which only the acquirer has.
 */
#ifndef ISSUER_ZONE_H
#define ISSUER_ZONE_H

#include "issuer/issue.h"

bool zone_is_network(const struct txn_message *message);

void zone_needs(const struct issue *issue);
void zone_checks(const struct issue *issue);
void zone_step(struct issue *issue);

#endif
