#include "sim/quick_password.h"

#include "base/assert.h"

#include <string.h>

_Static_assert(PASSWORD_HASH_LEN == DIGEST_LEN, "the digest is the hash");

static void answer_password(const struct hsm *real, const struct hsm_command *command,
                            struct hsm_answer *answer)
{
    const struct secret *password = &command->of.password.password;
    uint8_t salt[PASSWORD_SALT_LEN + sizeof command->of.password.cost];
    memcpy(salt, command->of.password.salt, PASSWORD_SALT_LEN);
    memcpy(salt + PASSWORD_SALT_LEN, &command->of.password.cost, sizeof command->of.password.cost);
    const struct hsm_command hash = {
        .kind = HSM_DIGEST,
        .of.digest.parts = {bytes_over(salt, sizeof salt), bytes_over(password->at, password->len)},
    };
    struct hsm_answer answered = hsm_ask(real, &hash);
    *answer = (struct hsm_answer){.result = answered.result};
    if (answered.result != HSM_OK)
        return;
    if (command->kind == HSM_PASSWORD_MAKE)
        memcpy(answer->of.password, answered.of.digest, PASSWORD_HASH_LEN);
    else if (memcmp(answered.of.digest, command->of.password.hash, PASSWORD_HASH_LEN) != 0)
        answer->result = HSM_WRONG;
}

static bool is_password(const struct hsm_command *command)
{
    return command->kind == HSM_PASSWORD_MAKE || command->kind == HSM_PASSWORD_CHECK;
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    const struct hsm *real = ((const struct quick_password *)self)->real;
    size_t at = 0;
    while (at < count) {
        size_t end = at;
        while (end < count && !is_password(&commands[end]))
            end++;
        if (end > at)
            real->execute(real->self, commands + at, answers + at, end - at);
        if (end < count) {
            answer_password(real, &commands[end], &answers[end]);
            end++;
        }
        at = end;
    }
}

void quick_password_open(struct quick_password *quick, const struct hsm *real)
{
    *quick = (struct quick_password){.real = real};
    quick->contract = (struct hsm){.self = quick, .execute = execute};
}
