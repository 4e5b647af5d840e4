#include "act/queue_row.h"

#include <errno.h>
#include <inttypes.h>

#include "base/ban.h"

enum { ROW_FIELDS = 9 }; /* before the recipients */

static void add_field(struct buf *out, struct slice s)
{
    buf_add(out, s);
    buf_add_char(out, '\0');
}

void queue_row_add(struct buf *out, const struct queue_row *row)
{
    CLEANUP(buf_done) struct buf b = buf_make(QUEUE_ROW_MAX);
    uint32_t n;

    add_field(&b, row->queue);
    add_field(&b, row->id);
    buf_printf(&b, "%" PRId64 "%c%" PRIu64 "%c%" PRIu32 "%c%" PRIu32 "%c", row->arrival.ms, '\0',
               row->size, '\0', row->rcpts_n, '\0', row->todo_n, '\0');
    add_field(&b, row->client);
    add_field(&b, row->login);
    add_field(&b, row->sender);
    if (row->rcpts.n < QUEUE_ROW_MAX - b.n)
        buf_add(&b, row->rcpts);
    n = (uint32_t)b.n;
    buf_add(out, (struct slice){ (const char *)&n, sizeof n });
    buf_add(out, buf_slice(&b));
}

/* The fields of one row. */
static bool row_parse(struct slice rest, struct queue_row *out)
{
    struct slice field[ROW_FIELDS] = { 0 };
    uint64_t arrival, rcpts_n, todo_n;

    for (size_t i = 0; i < COUNT(field); i++)
        if (!slice_cut(&rest, '\0', &field[i]))
            return false;
    *out = (struct queue_row){ .queue = field[0],
                               .id = field[1],
                               .client = field[6],
                               .login = field[7],
                               .sender = field[8],
                               .rcpts = rest };
    if (!slice_to_u64(field[2], &arrival) || arrival > INT64_MAX ||
        !slice_to_u64(field[3], &out->size) || !slice_to_u64(field[4], &rcpts_n) ||
        rcpts_n > UINT32_MAX || !slice_to_u64(field[5], &todo_n) || todo_n > UINT32_MAX)
        return false;
    out->arrival.ms = (int64_t)arrival;
    out->rcpts_n = (uint32_t)rcpts_n;
    out->todo_n = (uint32_t)todo_n;
    return rest.n == 0 || rest.p[rest.n - 1] == '\0';
}

int queue_row_take(struct slice *in, struct queue_row *out)
{
    uint32_t n;

    if (in->n < sizeof n)
        return 0;
    memcpy(&n, in->p, sizeof n);
    if (n > QUEUE_ROW_MAX)
        return -EBADMSG;
    if (in->n - sizeof n < n)
        return 0;
    if (!row_parse((struct slice){ in->p + sizeof n, n }, out))
        return -EBADMSG;
    *in = slice_from(*in, sizeof n + n);
    return 1;
}
