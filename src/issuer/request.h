/* Requests for payments and inquiries: admitted, decided, posted, recorded and answered. */
#ifndef ISSUER_REQUEST_H
#define ISSUER_REQUEST_H

#include "issuer/issue.h"

void request_step(struct issue *issue);

#endif
