/* One contract over two devices: card commands go to the card reader, all others to the HSM. */
#ifndef DRIVERS_HSM_ROUTE_H
#define DRIVERS_HSM_ROUTE_H

#include "hsm/command.h"

struct hsm_route {
    struct hsm keys;
    struct hsm cards;
};

/* The contract over both; the route is borrowed and must outlive it. */
struct hsm hsm_route_contract(struct hsm_route *route);

#endif
