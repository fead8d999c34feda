/*
 * One process at a time is a node. Its connection holds an advisory lock of the node's number,
 * which the server gives back when the connection ends: so a second process is refused while the
 * first is there, and the next one after a kill -9 need not wait.
 *
 * The lock only keeps people from mistakes; that an old process writes nothing is the fence's doing
 * (postgres_session.h). So nobody waits for it for ever: a connection may outlive its process, when
 * a machine or the network between dies, and whoever holds the lock but has been silent for a lease
 * and half of it is put out: silent since it was last heard of or since it connected, whichever is
 * later, and by our lease when it has promised none since then. A process that lost its connection
 * takes the lock again as soon as the server has noticed; until then its old connection keeps
 * others away.
 */
#ifndef DRIVERS_POSTGRES_HOLD_H
#define DRIVERS_POSTGRES_HOLD_H

#include "drivers/postgres/postgres_session.h"

/* Prepares a new connection, which does not hold the lock yet. */
MUST_USE enum err postgres_hold_prepare(struct postgres_session *session);

/* Before the node's row is taken. ERR_BUSY when a process that lives is this node: *error says
 * which, on what machine, since when, and what to do. It is told from a dead one by being heard of,
 * within a quarter of its lease; one that is silent is waited for, a lease and a half at most; only
 * the connection that was seen to be silent is ended. */
MUST_USE enum err postgres_hold_take(struct postgres_session *session, struct text *error);

/* Takes the lock if it is free and not ours. ERR_TIMEOUT, ERR_CLOSED: the connection is lost. */
MUST_USE enum err postgres_hold_keep(struct postgres_session *session);

#endif
