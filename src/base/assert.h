/*
 * Assertions guard our own logic and stay on in production: a false one names the place and
 * stops the process, because to go on with broken money is worse than to stop and recover.
 *
 * Nothing that a peer, an operator or a stored row can cause is asserted: such things are refused.
 * One condition for each assertion, without side effects.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include "base/attribute.h"

/* Writes "bug: FILE:LINE: TEXT" to standard error and aborts. Holds no data, so leaks none. */
NO_RETURN void bug_found(const char *file, int line, const char *text);

#undef assert
#define assert(condition) ((condition) ? (void)0 : bug_found(__FILE__, __LINE__, #condition))

#endif
