#include "drivers/journal/ship_attempt.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ADDRESS_LEN_MAX (TLS_PEER_NAME_LEN_MAX + 8)

struct ship_attempt {
    pthread_mutex_t lock;
    pthread_cond_t is_over;
    bool is_done;    /* the thread has ended its work */
    bool is_dropped; /* nobody asks any more: the thread cleans up */
    enum err err;
    struct ship_call call;
    char address[ADDRESS_LEN_MAX + 1];
    struct ship_outcome outcome;
};

static void attempt_free(struct ship_attempt *attempt)
{
    ship_security_close(attempt->call.security);
    pthread_cond_destroy(&attempt->is_over);
    pthread_mutex_destroy(&attempt->lock);
    free(attempt);
}

/* A standby that does not like us says so only when it is first read from: TLS 1.3 lets who calls
 * believe in the handshake before the other has looked at the certificate. */
static enum err greet(struct ship_attempt *attempt)
{
    uint8_t hello[SHIP_HELLO_LEN + SHIP_ANCHOR_LEN];
    uint8_t answer[SHIP_REPLY_LEN];
    struct ship_link *link = attempt->outcome.link;

    size_t len = ship_hello_put(&attempt->call.hello, hello);
    TRY(ship_write(link, hello, len, attempt->call.wait_ms));
    TRY(ship_read(link, answer, sizeof answer, attempt->call.wait_ms));
    return ship_reply_get(answer, &attempt->outcome.reply);
}

static enum err reach(struct ship_attempt *attempt)
{
    struct ship_outcome *out = &attempt->outcome;
    struct text why = text_over(out->why, sizeof out->why);

    TRY(ship_connect(attempt->address, attempt->call.security, attempt->call.wait_ms, &out->link,
                     &why));
    enum err err = greet(attempt);
    if (err != OK) {
        const char *fault = ship_fault(out->link);
        text_add(&why, fault[0] != 0 ? fault : err_text(err));
        ship_close(out->link);
        out->link = NULL;
    }
    return err;
}

static void *run(void *context)
{
    struct ship_attempt *attempt = context;
    enum err err = reach(attempt);

    pthread_mutex_lock(&attempt->lock);
    attempt->err = err == ERR_TIMEOUT ? ERR_IO : err; /* our own time-out is a result */
    attempt->is_done = true;
    bool is_ours = attempt->is_dropped;
    pthread_cond_signal(&attempt->is_over);
    pthread_mutex_unlock(&attempt->lock);
    if (is_ours) {
        ship_close(attempt->outcome.link);
        attempt_free(attempt);
    }
    return NULL;
}

static bool start_thread(struct ship_attempt *attempt)
{
    pthread_attr_t detached;
    pthread_t thread;

    if (pthread_attr_init(&detached) != 0)
        return false;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool is_started = pthread_create(&thread, &detached, run, attempt) == 0;
    pthread_attr_destroy(&detached);
    return is_started;
}

struct ship_attempt *ship_attempt_start(const struct ship_call *call)
{
    struct ship_attempt *attempt = calloc(1, sizeof *attempt);
    pthread_condattr_t monotonic;

    if (attempt == NULL)
        return NULL;
    struct text t = text_over(attempt->address, sizeof attempt->address);
    text_add(&t, call->address);
    pthread_mutex_init(&attempt->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&attempt->is_over, &monotonic);
    pthread_condattr_destroy(&monotonic);
    attempt->call = *call;
    attempt->call.address = attempt->address;
    attempt->call.security = ship_security_hold(call->security);
    if (start_thread(attempt))
        return attempt;
    attempt_free(attempt);
    return NULL;
}

enum err ship_attempt_take(struct ship_attempt *attempt, int wait_ms, struct ship_outcome *out)
{
    struct timespec end;
    int fault = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += wait_ms / 1000;
    end.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&attempt->lock);
    while (!attempt->is_done && fault == 0 && wait_ms > 0)
        fault = pthread_cond_timedwait(&attempt->is_over, &attempt->lock, &end);
    bool is_done = attempt->is_done;
    pthread_mutex_unlock(&attempt->lock);
    if (!is_done)
        return ERR_TIMEOUT;
    enum err err = attempt->err;
    *out = attempt->outcome;
    attempt_free(attempt);
    return err;
}

void ship_attempt_drop(struct ship_attempt *attempt)
{
    if (attempt == NULL)
        return;
    pthread_mutex_lock(&attempt->lock);
    attempt->is_dropped = true;
    bool is_done = attempt->is_done;
    pthread_mutex_unlock(&attempt->lock);
    if (!is_done)
        return;
    ship_close(attempt->outcome.link);
    attempt_free(attempt);
}
