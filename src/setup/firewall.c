/* firewall.c - this machine's part of `mailfuse setup firewall`: who the mail server runs as,
 * where the internet is, what is loaded. */
#include "setup/firewall.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "setup/plan_firewall.h"
#include "setup/program.h"
#include "setup/server.h"
#include "setup/whole_file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096, USER_MAX = 64 };

#define NFT "/usr/sbin/nft"
#define IPTABLES "/usr/sbin/iptables"
#define UNITS "/etc/systemd/system/"

static bool complain(char error[FIREWALL_ERROR_MAX], const char *what, const char *value,
                     const char *instead)
{
    snprintf(error, FIREWALL_ERROR_MAX, "%s \"%.100s\": %s", what, value, instead);
    return false;
}

static bool has_user(const char *name)
{
    /* cppcheck-suppress getpwnamCalled ; there is one thread */
    return getpwnam(name) != NULL;
}

bool firewall_option(struct firewall_wish *wish, int option, const char *value,
                     char error[FIREWALL_ERROR_MAX])
{
    struct firewall_rules *r = &wish->rules;

    wish->any = true;
    if (option == 'm') {
        if (r->servers_n == FIREWALL_SERVERS_MAX)
            return complain(error, "--mail-server", value, "there are too many; write networks");
        if (!ip_prefix_parse(slice_of(value), &r->servers[r->servers_n]))
            return complain(error, "--mail-server", value,
                            "write an address like 192.0.2.25, or a network like 2001:db8::/64");
        r->servers_n++;
    } else if (option == 'w') {
        if (r->users_n == FIREWALL_USERS_MAX - 3 || !firewall_name_fits(slice_of(value)) ||
            !has_user(value))
            return complain(error, "--user", value, "there is no such user, or there are too many");
        r->users[r->users_n++] = value;
    } else if (option == 'o') {
        if (r->outside_n == FIREWALL_OUTSIDE_MAX || !firewall_name_fits(slice_of(value)) ||
            strlen(value) >= FIREWALL_NAME_MAX)
            return complain(error, "--outside", value, "write the name of a network interface");
        r->outside[r->outside_n++] = value;
    } else if (option == 's') {
        r->submission = true;
    } else {
        wish->iptables = true;
    }
    return true;
}

static void add_user(struct firewall_rules *r, const char *name)
{
    for (uint32_t i = 0; i < r->users_n; i++)
        if (strcmp(r->users[i], name) == 0)
            return;
    if (r->users_n < FIREWALL_USERS_MAX && firewall_name_fits(slice_of(name)) && has_user(name))
        r->users[r->users_n++] = name;
}

/* Postfix's own user, and ours, whose alerts do not go through Postfix. */
static void add_users(struct plan *plan, struct firewall_rules *r, const struct conf_daemon *d)
{
    CLEANUP(buf_done) struct buf owner = buf_make(USER_MAX);
    char path[PATH_ROOM], error[STEP_ERROR_MAX];

    add_user(r, "root");
    snprintf(path, sizeof path, "%s/postconf", d->postfix_command_directory);
    if (access(path, X_OK) == 0 &&
        postfix_program(d, "postconf", "-h", "mail_owner", &owner, error) && owner.n > 0) {
        if (owner.p[owner.n - 1] == '\n')
            owner.n--;
        add_user(r, plan_copy(plan, buf_slice(&owner)));
        add_user(r, d->user);
    } else if (r->servers_n == 0) {
        plan_refuse(plan,
                    "there is no Postfix on this machine: write --mail-server ADDRESS, of the "
                    "one that may speak SMTP outwards");
    }
}

static void add_outside(struct plan *plan, struct firewall_rules *r)
{
    CLEANUP(buf_done) struct buf route = { 0 };
    CLEANUP(buf_done) struct buf ipv6_route = { 0 };
    char names[FIREWALL_OUTSIDE_MAX][FIREWALL_NAME_MAX];
    uint32_t n;

    if (r->outside_n > 0)
        return;
    if (whole_file_read("/proc/self/net/route", &route) != 0)
        buf_clear(&route);
    if (whole_file_read("/proc/self/net/ipv6_route", &ipv6_route) != 0)
        buf_clear(&ipv6_route); /* there is no IPv6 */
    n = firewall_outside(buf_slice(&route), buf_slice(&ipv6_route), names);
    for (uint32_t i = 0; i < n; i++)
        r->outside[r->outside_n++] = plan_copy(plan, slice_of(names[i]));
}

/* What a program prints; nothing when it fails, as it does for what is not there. */
static void look(const char *const *argv, struct buf *out)
{
    struct program_result result;
    int failed = program_capture(argv, &result);

    if (failed == 0 && result.status == 0)
        buf_add(out, buf_slice(&result.out));
    program_done(&result);
}

static bool read_file(struct firewall_file *file, struct buf *text, char error[STEP_ERROR_MAX])
{
    int number = whole_file_read(file->path, text);

    file->there = number == 0;
    file->now = buf_slice(text);
    if (number == 0 || number == -ENOENT)
        return true;
    snprintf(error, STEP_ERROR_MAX, "%s: %s", file->path, strerror(-number));
    return false;
}

/* Beside the settings. */
static const char *rules_path(struct plan *plan, const char *settings, const char *name)
{
    char *real = realpath(settings, NULL);
    struct slice folder = slice_of(real != NULL ? real : settings), rest;
    char path[PATH_ROOM];

    if (!slice_cut_last(&folder, '/', &rest))
        folder = SLICE(".");
    snprintf(path, sizeof path, "%.*s/%s", SLICE_ARG(folder), name);
    free(real);
    return plan_copy(plan, slice_of(path));
}

/* What was chosen before, else nft where there is one. */
static enum firewall_tool choose_tool(struct plan *plan, const struct setup_site *site)
{
    const char *script = rules_path(plan, site->settings, "firewall.sh");

    if (site->firewall->iptables || access(script, F_OK) == 0)
        return FIREWALL_IPTABLES;
    return access(NFT, X_OK) == 0 || access(IPTABLES, X_OK) < 0 ? FIREWALL_NFT : FIREWALL_IPTABLES;
}

static void look_at_rules(const struct firewall_rules *r, struct buf *loaded, struct buf *tables)
{
    static const char *const nft[] = { NFT, "list", "table", "inet", "mailfuse", NULL };
    static const char *const all[] = { NFT, "list", "tables", NULL };
    static const char *const iptables[] = { IPTABLES, "-w", "-S", "MAILFUSE-OUTPUT", NULL };

    look(r->tool == FIREWALL_NFT ? nft : iptables, loaded);
    look(all, tables);
}

static bool plan_with(const struct firewall_rules *r, const struct setup_site *site,
                      struct plan *plan, char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf rules = { 0 };
    CLEANUP(buf_done) struct buf unit = { 0 };
    CLEANUP(buf_done) struct buf loaded = buf_make(WHOLE_FILE_MAX);
    CLEANUP(buf_done) struct buf tables = buf_make(WHOLE_FILE_MAX);
    bool nft = r->tool == FIREWALL_NFT, systemd = access("/run/systemd/system", F_OK) == 0;
    struct firewall_machine m = {
        .rules.path = rules_path(plan, site->settings, nft ? "firewall.nft" : "firewall.sh"),
        .unit.path = systemd ? UNITS FIREWALL_UNIT : "",
        .enabled = access(UNITS "sysinit.target.wants/" FIREWALL_UNIT, F_OK) == 0,
        .program = access(nft ? NFT : IPTABLES, X_OK) == 0,
    };

    if (!read_file(&m.rules, &rules, error) || (systemd && !read_file(&m.unit, &unit, error)))
        return false;
    look_at_rules(r, &loaded, &tables);
    m.loaded = buf_slice(&loaded);
    m.tables = buf_slice(&tables);
    plan_firewall(plan, r, &m);
    return true;
}

static bool read_and_plan(const struct setup_site *site, struct plan *plan,
                          char error[STEP_ERROR_MAX])
{
    struct firewall_rules r = site->firewall->rules;

    r.tool = choose_tool(plan, site);
    add_users(plan, &r, site->daemon);
    add_outside(plan, &r);
    return plan->refusal != NULL || plan_with(&r, site, plan, error);
}

/* nft and iptables-restore look at all before they do anything. */
static bool check(const struct conf_daemon *d, char error[STEP_ERROR_MAX])
{
    (void)d;
    (void)error;
    return true;
}

/* All that changes is ours. */
static void files(const struct conf_daemon *d, struct plan *plan, struct backup *out)
{
    (void)d;
    (void)plan;
    (void)out;
}

const struct setup_server setup_firewall = {
    .name = "firewall",
    .plan = read_and_plan,
    .check = check,
    .files = files,
};
