#include "terminal/order.h"

#include "base/assert.h"
#include "books/payment_state.h"

#include <string.h>

struct row_key order_key(const char terminal[static TERMINAL_ID_LEN],
                         const char order[static ORDER_LEN])
{
    uint8_t at[TERMINAL_ID_LEN + ORDER_LEN];

    memcpy(at, terminal, TERMINAL_ID_LEN);
    memcpy(at + TERMINAL_ID_LEN, order, ORDER_LEN);
    return row_key_of(TABLE_ORDER, at, sizeof at);
}

static struct row_key book_key(const struct node_work *work)
{
    return row_key_of(TABLE_ORDER_BOOK, work->event->command->terminal, TERMINAL_ID_LEN);
}

/* Only what stands for itself is an order: what follows a payment names that. */
static bool is_given(const struct node_command *command)
{
    return command->order[0] != 0 && kind_row(command->transaction)->shape == SHAPE_ORIGINAL;
}

/* ---- rows ---- */

static const struct order_row *order_at(const struct node_work *work,
                                        const char order[static ORDER_LEN])
{
    struct row_key key = order_key(work->event->command->terminal, order);
    const struct order_row *row = node_value(work, &key, sizeof *row);

    return row != NULL && row->layout == PARTY_ROW_LAYOUT ? row : NULL;
}

/* An empty one when there is none yet, or none that can be read. */
static struct order_book_row book_of(const struct node_work *work)
{
    struct row_key key = book_key(work);
    const struct order_book_row *row = node_value(work, &key, sizeof *row);

    if (row != NULL && row->layout == PARTY_ROW_LAYOUT)
        return *row;
    return (struct order_book_row){.layout = PARTY_ROW_LAYOUT};
}

static void need_order(struct node_work *work, const char order[static ORDER_LEN])
{
    if (order[0] != 0)
        node_need(work, order_key(work->event->command->terminal, order));
}

void order_need(struct node_work *work)
{
    const struct node_command *command = work->event->command;

    if (!is_given(command))
        return;
    struct row_key book = book_key(work);
    need_order(work, command->order);
    node_need(work, book);
    const struct order_row *row = order_at(work, command->order);
    if (row != NULL)
        node_need(work, payment_row_key(&row->payment));
    if (row != NULL || node_row(work, &book) == NULL)
        return;
    struct order_book_row kept = book_of(work);
    need_order(work, kept.newest);
    if (kept.count >= ORDERS_MAX)
        need_order(work, kept.oldest);
}

/* ---- how it stands ---- */

enum order_state order_look(const struct attempt *attempt, const struct payment_row **first)
{
    const struct node_command *command = attempt->command;
    struct row_key key = order_key(attempt->command->terminal, command->order);

    *first = NULL;
    if (!is_given(command))
        return ORDER_NEW;
    const struct node_row *kept = node_row(attempt->work, &key);
    if (kept != NULL && !kept->found)
        return ORDER_NEW;
    const struct order_row *row = order_at(attempt->work, command->order);
    if (row == NULL)
        return ORDER_OPEN;
    key = payment_row_key(&row->payment);
    const struct payment_row *payment = node_value(attempt->work, &key, sizeof *payment);
    if (payment == NULL || payment_state_of(payment) == PAYMENT_DAMAGED)
        return ORDER_OPEN;
    *first = payment;
    if (payment_state_is_safe(payment))
        return ORDER_NEW;
    enum payment_state state = payment_state_of(payment);
    return state == PAYMENT_APPROVED || state == PAYMENT_ACCEPTED ? ORDER_PAID : ORDER_OPEN;
}

/* ---- keeping it ---- */

static void put_order(const struct attempt *attempt, const char order[static ORDER_LEN],
                      const struct order_row *row)
{
    struct row_key key = order_key(attempt->command->terminal, order);

    node_put(attempt->work, &key, row, sizeof *row);
}

/* Whether the list's end is at hand: it is not when an earlier event of the same batch has moved
 * it. Then an order is kept beside the list, and never let go. */
static bool has_end(const struct attempt *attempt, const struct order_book_row *book)
{
    return book->newest[0] == 0 || order_at(attempt->work, book->newest) != NULL;
}

/* Puts an order behind the newest. */
static void append(const struct attempt *attempt, struct order_book_row *book,
                   const char order[static ORDER_LEN])
{
    const struct order_row *newest =
        book->newest[0] == 0 ? NULL : order_at(attempt->work, book->newest);

    if (newest != NULL) {
        struct order_row row = *newest;
        memcpy(row.newer, order, sizeof row.newer);
        put_order(attempt, book->newest, &row);
    } else {
        memcpy(book->oldest, order, sizeof book->oldest);
    }
    memcpy(book->newest, order, sizeof book->newest);
}

/* Lets the oldest go; one that was paid anew since it came is only as old as that, and is put
 * behind the newest instead. */
static void let_oldest_go(const struct attempt *attempt, struct order_book_row *book)
{
    const struct order_row *oldest = order_at(attempt->work, book->oldest);
    struct order_row row;
    char order[ORDER_LEN];

    memcpy(order, book->oldest, sizeof order);
    if (oldest == NULL || oldest->newer[0] == 0)
        return;
    row = *oldest;
    memcpy(book->oldest, row.newer, sizeof book->oldest);
    if (!row.was_paid_anew) {
        struct row_key key = order_key(attempt->command->terminal, order);
        node_remove(attempt->work, &key);
        book->count--;
        return;
    }
    row.was_paid_anew = 0;
    memset(row.newer, 0, sizeof row.newer);
    put_order(attempt, order, &row);
    append(attempt, book, order);
}

void order_put(const struct attempt *attempt)
{
    const char *order = attempt->command->order;
    struct order_row row = {.layout = PARTY_ROW_LAYOUT};

    if (!is_given(attempt->command))
        return;
    const struct order_row *earlier = order_at(attempt->work, order);
    if (earlier != NULL)
        row = *earlier;
    row.payment = attempt->payment->identity;
    row.changed = attempt->work->event->wall;
    row.was_paid_anew = earlier != NULL;
    put_order(attempt, order, &row);
    struct row_key key = book_key(attempt->work);
    struct order_book_row book = book_of(attempt->work);
    if (earlier != NULL || !has_end(attempt, &book))
        return;
    if (book.count >= ORDERS_MAX)
        let_oldest_go(attempt, &book);
    append(attempt, &book, order);
    book.count++;
    node_put(attempt->work, &key, &book, sizeof book);
}
