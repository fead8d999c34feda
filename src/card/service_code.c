#include "card/service_code.h"

#include <string.h>

enum err service_code_from_digits(const char digits[static SERVICE_CODE_LEN],
                                  struct service_code *out)
{
    if (!bytes_are_digits(digits, SERVICE_CODE_LEN))
        return ERR_BAD_FORMAT;
    memcpy(out->digits, digits, SERVICE_CODE_LEN);
    return OK;
}

static bool is_one_of(char digit, const char *set)
{
    return digit != 0 && strchr(set, digit) != NULL;
}

bool service_code_has_chip(struct service_code code)
{
    return is_one_of(code.digits[0], "26");
}

bool service_code_is_international(struct service_code code)
{
    return is_one_of(code.digits[0], "12");
}

bool service_code_needs_issuer(struct service_code code)
{
    return is_one_of(code.digits[1], "24");
}

bool service_code_needs_pin(struct service_code code)
{
    return is_one_of(code.digits[2], "035");
}

bool service_code_forbids_cash(struct service_code code)
{
    return is_one_of(code.digits[2], "257");
}
