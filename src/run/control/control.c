/* control.c - which command is answered where. */
#include <string.h>

#include "run/control/parts.h"

#include "base/ban.h"

static const struct {
    const char *name;
    control_command *run;
} commands[] = {
    { "status", control_status },       { "top", control_top },
    { "incidents", control_incidents }, { "incident", control_incident },
    { "show", control_show },           { "explain", control_explain },
    { "blocks", control_blocks },       { "journal", control_journal },
    { "hold", control_hold },           { "lock", control_lock },
    { "unlock", control_unlock },       { "release", control_release },
    { "purge", control_purge },         { "block", control_block },
    { "unblock", control_unblock },     { "trust", control_trust },
    { "untrust", control_untrust },     { "reload", control_reload },
    { "feedback", control_feedback },   { "queue", control_queue },
    { "delist", control_delist },       { "relay", control_relay },
    { "providers", control_providers }, { "opt-outs", control_opt_outs },
    { "alert", control_alert },
};

/* Who reads the reports of strangers does not need the rights of an administrator. /etc/passwd does
 * not have the names of all; after a reload it is all there is. */
static bool is_feedback_user(const struct daemon *d, const struct control_peer *peer)
{
    const char *user = d->conf->daemon.feedback_user;
    bool as_at_start = strcmp(user, d->boot->daemon.feedback_user) == 0;

    return user[0] != '\0' && peer->uid != 0 &&
           ((as_at_start && peer->uid == d->feedback_user) || strcmp(peer->name, user) == 0);
}

void control_take(void *ctx, const struct control_peer *peer, json_t *request, uint64_t ticket)
{
    struct daemon *d = ctx;
    struct control_call call = { d, peer, request, ticket };
    struct slice name = json_get_text(request, "command");

    daemon_clock(d);
    if (is_feedback_user(d, peer) && !slice_eq(name, SLICE("feedback"))) {
        control_refuse(d->control, ticket, "this user may only tell of complaints",
                       "feedback-user in mailfuse.conf says who that is");
        return;
    }
    for (size_t k = 0; k < COUNT(commands); k++)
        if (slice_eq(name, slice_of(commands[k].name))) {
            commands[k].run(&call);
            return;
        }
    control_refuse(d->control, ticket, "there is no such command", NULL);
}
