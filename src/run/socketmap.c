/* socketmap.c - tables for Postfix: who is locked, which login may use a sender, which way a
 * sender's mail takes. */
#include "run/daemon.h"

#include "base/ban.h"

/* "sasl-access": an action for a login, as of check_sasl_access. */
static void access_of(struct daemon *d, struct slice key, struct buf *reply)
{
    char room[ADDRESS_MAX];
    struct slice account = account_fold(key, room);
    struct subject subject = subject_make(SUBJECT_ACCOUNT, account);
    uint32_t fuse = account.n > 0 ? detect_find(d->detect, &subject) : UINT32_MAX;
    uint32_t incident = 0;

    if (fuse == UINT32_MAX || !box_is_locked(d->box, fuse, &incident)) {
        buf_add(reply, SLICE("NOTFOUND "));
        return;
    }
    buf_add(reply, SLICE("OK 421 4.7.1 "));
    conf_reply_add(reply, &d->conf->daemon, CONF_REPLY_LOCKED, incident, account);
}

/* "sender-logins": the logins of a sender, as of smtpd_sender_login_maps. */
static void logins_of(struct daemon *d, struct slice key, struct buf *reply)
{
    char room[ADDRESS_MAX];

    if (conf_sender_logins(d->conf, address_fold(key, room), reply))
        return;
    buf_clear(reply);
    buf_add(reply, SLICE("NOTFOUND "));
}

void socketmap_decide(void *ctx, struct slice map, struct slice key, struct buf *reply)
{
    struct daemon *d = ctx;

    daemon_clock(d);
    if (slice_eq(map, SLICE("sasl-access")))
        access_of(d, key, reply);
    else if (slice_eq(map, SLICE("sender-logins")))
        logins_of(d, key, reply);
    else if (slice_eq(map, SLICE("relay")))
        relay_switch_answer(d, key, reply);
    else
        buf_add(reply, SLICE("PERM mailfuse has no map of that name"));
}
