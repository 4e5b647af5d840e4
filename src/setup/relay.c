/* relay.c - Postfix's way to the emergency relay, read by postconf(1) and checked by
 * `postfix check`. */
#include <errno.h>
#include <sys/stat.h>

#include "act/relay_map.h"
#include "setup/plan_relay.h"
#include "setup/relay_login.h"
#include "setup/server.h"

#include "base/ban.h"

/* A password that is missing is no reason not to plan: the relay is not switched on before it was
 * tested. */
static void look_at_credentials(struct plan *plan, const struct conf_relay *r)
{
    CLEANUP(relay_login_done) struct relay_login login = { .user = { NULL, 0 } };
    CLEANUP(buf_done) struct buf why = buf_make(1000);

    if (r->credentials[0] == '\0' || r->host[0] == '\0' ||
        relay_login_read(&login, r->credentials, r->host, &why))
        return;
    plan_note(plan,
              "%.*s. It is a file of root's that nobody else can read, with one line: %s "
              "USER:PASSWORD",
              SLICE_ARG(buf_slice(&why)), r->host);
}

static bool read_and_plan(const struct setup_site *site, struct plan *plan,
                          char error[STEP_ERROR_MAX])
{
    const struct conf_daemon *d = site->daemon;
    struct postfix_read read;
    bool good = postfix_read(d, &read, error);

    if (good && d->relay.host[0] != '\0')
        setup_plan_map(plan, &d->postfix_lock_map, RELAY_MAP_SUFFIX,
                       "Which mail takes the relay: none so far; mailfuse keeps it.");
    if (good) {
        plan_relay(plan, &read.texts, d);
        look_at_credentials(plan, &d->relay);
    }
    postfix_read_done(&read);
    return good;
}

const struct setup_server setup_relay = {
    .name = "relay",
    .plan = read_and_plan,
    .check = setup_check_postfix,
    .files = setup_files_postfix,
    .reload = "postfix reload, then mailfuse relay test",
};
