/*
 * An operator's changes of the set-up, while the switch runs: COMMAND_PUT_ROW puts a row of
 * merchants, terminals, card ranges, issuers or the configuration, and shows whether it was taken.
 *
 * Columns that the switch itself keeps (link, zone keys, sign-ins, batches) stay as they are,
 * whatever the operator's row says: it was read some time ago.
 */
#ifndef ACQUIRER_OPERATE_H
#define ACQUIRER_OPERATE_H

#include "node/node.h"

void operate_needs(struct node_work *work);
void operate_step(struct node_work *work);

#endif
