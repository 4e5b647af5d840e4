/* queue.c - what lies in Postfix's queue, compared with what we think is there. */
#include <syslog.h>

#include "run/daemon.h"

#include "base/ban.h"

/* A message from before the start: its results are still to come, and belong to its account. */
static void take_row(void *ctx, const struct queue_row *row)
{
    struct daemon *d = ctx;
    char room[ADDRESS_MAX];
    struct ledger_submission s = { .at = row->arrival,
                                   .utc_offset_s = d->utc_offset_s,
                                   .queue_id = row->id,
                                   .account = account_fold(row->login, room),
                                   .client_name = SLICE("unknown"),
                                   .sender = row->sender,
                                   .recipients = row->rcpts_n,
                                   .size = row->size };

    if (s.account.n == 0)
        return;
    (void)ip_parse(row->client, &s.client);
    ledger_restore(d->ledger, &s, true);
}

static void listed(void *ctx, const struct helper_result *r)
{
    struct daemon *d = ctx;

    if (r->status != 0)
        daemon_say(d, LOG_WARNING, "the queue cannot be read: %.*s", SLICE_ARG(r->output));
}

void queue_look(struct daemon *d)
{
    (void)helper_queue_list(d->helper, SLICE(""), false, take_row, listed, d);
}
