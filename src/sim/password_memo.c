#include "sim/password_memo.h"

#include <string.h>

static bool is_same(const struct password_memo_entry *entry, const struct hsm_command *command)
{
    const struct secret *password = &command->of.password.password;
    return entry->cost == command->of.password.cost && entry->password.len == password->len &&
           memcmp(entry->salt, command->of.password.salt, sizeof entry->salt) == 0 &&
           memcmp(entry->password.at, password->at, password->len) == 0;
}

static const struct password_memo_entry *find(const struct password_memo *memo,
                                              const struct hsm_command *command)
{
    for (size_t i = 0; i < memo->count; i++)
        if (is_same(&memo->entries[i], command))
            return &memo->entries[i];
    return NULL;
}

/* Asks for the hash once; NULL when the HSM does not give it or there is no room. */
static const struct password_memo_entry *learn(struct password_memo *memo,
                                               const struct hsm_command *command)
{
    struct hsm_command make = *command;
    make.kind = HSM_PASSWORD_MAKE;
    struct hsm_answer answer = hsm_ask(memo->real, &make);
    hsm_command_wipe(&make);
    if (answer.result != HSM_OK || memo->count == PASSWORD_MEMO_LEN)
        return NULL;
    struct password_memo_entry *entry = &memo->entries[memo->count++];
    entry->password = command->of.password.password;
    entry->cost = command->of.password.cost;
    memcpy(entry->salt, command->of.password.salt, sizeof entry->salt);
    memcpy(entry->hash, answer.of.password, sizeof entry->hash);
    return entry;
}

static void answer_password(struct password_memo *memo, const struct hsm_command *command,
                            struct hsm_answer *answer)
{
    const struct password_memo_entry *entry = find(memo, command);
    if (!entry)
        entry = learn(memo, command);
    if (!entry) {
        memo->real->execute(memo->real->self, command, answer, 1);
        return;
    }
    *answer = (struct hsm_answer){.result = HSM_OK};
    if (command->kind == HSM_PASSWORD_MAKE)
        memcpy(answer->of.password, entry->hash, sizeof entry->hash);
    else if (memcmp(entry->hash, command->of.password.hash, sizeof entry->hash) != 0)
        answer->result = HSM_WRONG;
}

static bool is_password(const struct hsm_command *command)
{
    return command->kind == HSM_PASSWORD_MAKE || command->kind == HSM_PASSWORD_CHECK;
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    struct password_memo *memo = self;
    size_t at = 0;
    while (at < count) {
        size_t end = at;
        while (end < count && !is_password(&commands[end]))
            end++;
        if (end > at)
            memo->real->execute(memo->real->self, commands + at, answers + at, end - at);
        if (end < count) {
            answer_password(memo, &commands[end], &answers[end]);
            end++;
        }
        at = end;
    }
}

void password_memo_open(struct password_memo *memo, const struct hsm *real)
{
    *memo = (struct password_memo){.real = real};
    memo->contract = (struct hsm){.self = memo, .execute = execute};
}

void password_memo_close(struct password_memo *memo)
{
    for (size_t i = 0; i < memo->count; i++)
        secret_wipe(&memo->entries[i].password);
    memo->count = 0;
}
