#include "cli/machine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/courier.h"
#include "cli/names.h"
#include "watch/geo.h"

#include "base/ban.h"

enum { GROUPS_MAX = 256, GEO_MAX = 64, ENTRY_MAX = 64 * 1024 };

/* As the third octal digit of a mode. */
enum may { MAY_ENTER = 1, MAY_WRITE = 2, MAY_READ = 4 };

struct machine {
    const struct conf *conf;
    struct conf_errors *errors, *warnings;
    const char *user;
    bool known; /* there is such a user; then: */
    uid_t uid;
    gid_t groups[GROUPS_MAX];
    int groups_n;
};

static void wrong(const struct machine *m, struct conf_errors *to, const char *key,
                  const char *path, const char *what)
{
    conf_complain(to, m->conf->path, conf_line(m->conf, key), key, "%s: %s", path, what);
}

static void find_user(struct machine *m)
{
    struct passwd entry, *found = NULL;
    char room[ENTRY_MAX];

    (void)getpwnam_r(m->user, &entry, room, sizeof room, &found);
    if (found == NULL) {
        conf_complain(m->errors, m->conf->path, conf_line(m->conf, "user"), "user",
                      "there is no user %s; make it with: useradd --system --no-create-home "
                      "--shell /usr/sbin/nologin %s",
                      m->user, m->user);
        return;
    }
    m->uid = entry.pw_uid;
    m->groups_n = GROUPS_MAX;
    if (getgrouplist(m->user, entry.pw_gid, m->groups, &m->groups_n) < 0)
        m->groups_n = GROUPS_MAX;
    m->known = true;
    if (m->uid == 0)
        wrong(m, m->errors, "user", m->user, "is the superuser; write one that is not");
}

static bool user_may(const struct machine *m, const struct stat *st, unsigned wanted)
{
    unsigned shift = 0;

    if (st->st_uid == m->uid)
        shift = 6;
    for (int i = 0; shift == 0 && i < m->groups_n; i++)
        if (st->st_gid == m->groups[i])
            shift = 3;
    return (st->st_mode >> shift & wanted) == wanted;
}

/* The user's own group, as chown(1) takes it. */
static const char *group_of(const struct machine *m, char room[], size_t room_n)
{
    struct passwd user, *found = NULL;
    struct group group, *name = NULL;
    char bytes[4096];
    gid_t gid = 0;

    if (getpwnam_r(m->user, &user, bytes, sizeof bytes, &found) == 0 && found != NULL)
        gid = found->pw_gid;
    if (getgrgid_r(gid, &group, room, room_n, &name) == 0 && name != NULL)
        return name->gr_name;
    return m->user;
}

/* As the helper asks of the folder of its lock files (act/place.h): nobody else replaces them. */
static bool is_safe(const struct stat *st)
{
    return (st->st_uid == 0 || st->st_uid == geteuid()) &&
           ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 || (st->st_mode & S_ISVTX) != 0);
}

static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    return strncmp(path, folder, n) == 0 && path[n] == '/';
}

static bool has_lock_files(const struct machine *m, const char *folder)
{
    return is_below(m->conf->daemon.postfix_lock_map.path, folder) ||
           is_below(m->conf->daemon.dovecot_deny_file, folder);
}

/* A folder that is there; with `for_user` one in which the user may make files, and root's lock
 * files are safe from him. */
static void check_folder(const struct machine *m, struct conf_errors *to, const char *key,
                         const char *path, bool for_user)
{
    char room[4096];
    const char *group = group_of(m, room, sizeof room);
    uint32_t line = conf_line(m->conf, key);
    struct stat st;

    if (stat(path, &st) < 0)
        conf_complain(to, m->conf->path, line, key,
                      "%s: %s; make it with: install -d -o root -g %s -m 1771 %s", path,
                      strerror(errno), group, path);
    else if (!S_ISDIR(st.st_mode))
        wrong(m, to, key, path, "is no directory; write the path of one");
    else if (for_user && !is_safe(&st) && has_lock_files(m, path))
        conf_complain(to, m->conf->path, line, key,
                      "%s: lock files cannot be safe there, others than root may replace them; "
                      "let it be root's with: chown root:%s %s; chmod 1771 %s",
                      path, group, path, path);
    else if (for_user && m->known && !user_may(m, &st, MAY_WRITE | MAY_ENTER))
        conf_complain(to, m->conf->path, line, key,
                      "%s: user %s may not write there; let him with: chgrp %s %s; chmod 1771 %s",
                      path, m->user, group, path, path);
}

/* The folder of a file or socket that is made there. */
static void check_parent(const struct machine *m, struct conf_errors *to, const char *key,
                         const char *path)
{
    CLEANUP(buf_done) struct buf folder = buf_make(1 << 16);
    struct slice parent = slice_of(path), name;
    struct stat st;

    if (parent.n == 0 || !slice_cut_last(&parent, '/', &name) ||
        slice_eq(parent, slice_of(m->conf->daemon.state_directory)))
        return; /* none, or looked at already */
    buf_add(&folder, parent.n > 0 ? parent : SLICE("/"));
    buf_add_char(&folder, '\0');
    if (stat(folder.p, &st) < 0)
        wrong(m, to, key, folder.p, strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        wrong(m, to, key, folder.p, "is no directory");
}

/* A file that the worker reads. */
static void check_readable(const struct machine *m, const char *key, const char *path)
{
    struct stat st;

    if (path[0] == '\0')
        return;
    if (stat(path, &st) < 0)
        wrong(m, m->warnings, key, path, strerror(errno));
    else if (m->known && !user_may(m, &st, MAY_READ))
        conf_complain(m->warnings, m->conf->path, conf_line(m->conf, key), key,
                      "%s: user %s may not read it; add that user to the group of the file, or "
                      "change its mode",
                      path, m->user);
}

static void check_program(const struct machine *m, const char *key, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        wrong(m, m->errors, key, path, strerror(errno));
    else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
        wrong(m, m->errors, key, path, "is no program");
}

static void check_postfix(const struct machine *m)
{
    static const char *const programs[] = { "postconf", "postmap", "postqueue", "postsuper" };
    const struct conf_daemon *d = &m->conf->daemon;
    char path[4096];
    struct stat st;

    snprintf(path, sizeof path, "%s/main.cf", d->postfix_config_directory);
    if (stat(path, &st) < 0)
        wrong(m, m->errors, "postfix-config-directory", path, strerror(errno));
    for (size_t i = 0; i < COUNT(programs); i++) {
        snprintf(path, sizeof path, "%s/%s", d->postfix_command_directory, programs[i]);
        check_program(m, "postfix-command-directory", path);
    }
    check_parent(m, m->errors, "postfix-lock-map", d->postfix_lock_map.path);
}

static void check_dovecot(const struct machine *m)
{
    const struct conf_daemon *d = &m->conf->daemon;
    struct stat st;

    if (d->dovecot_config[0] == '\0')
        return;
    if (stat(d->dovecot_config, &st) < 0)
        conf_complain(m->errors, m->conf->path, conf_line(m->conf, "dovecot-config"),
                      "dovecot-config",
                      "%s: %s; write dovecot-config = \"\" when there is no Dovecot here",
                      d->dovecot_config, strerror(errno));
    else
        check_program(m, "doveadm", d->doveadm);
    check_parent(m, m->errors, "dovecot-deny-file", d->dovecot_deny_file);
}

static void check_listens(const struct machine *m, const char *key,
                          const struct conf_listens *listens, bool has_key)
{
    for (uint32_t i = 0; i < listens->n; i++) {
        const struct conf_listen *l = &listens->all[i];

        if (l->path != NULL)
            check_parent(m, m->errors, key, l->path);
        else if (!ip_is_loopback(&l->ip) && !has_key)
            conf_complain(m->warnings, m->conf->path, l->line, key,
                          "%s: whoever reaches this address may ask, and report; let a firewall "
                          "admit your mail servers only",
                          l->text);
    }
}

static void check_geo(const struct machine *m)
{
    const char *paths[GEO_MAX];
    char error[512];
    size_t n = 0;
    struct geo *geo;

    while (n < m->conf->geo.n && n < GEO_MAX) {
        paths[n] = m->conf->geo.all[n].text.p;
        n++;
    }
    if (n == 0)
        return;
    geo = geo_open(paths, n, error, sizeof error);
    if (geo == NULL)
        conf_complain(m->errors, m->conf->path, m->conf->geo.all[0].line, "geo", "%s", error);
    geo_free(geo);
}

static void check_courier(const struct machine *m)
{
    const struct conf_alerts *a = &m->conf->daemon.alerts;
    int courier;

    if (a->ways_n == 0 && !a->tell_owner)
        return;
    courier = courier_find();
    if (courier < 0)
        wrong(m, m->warnings, "alerts", COURIER_PATH,
              "is not there, nor is it beside mailfuse: nobody can be told; install it there");
    else
        (void)close(courier);
}

void machine_check(const struct conf *conf, struct conf_errors *errors,
                   struct conf_errors *warnings)
{
    const struct conf_daemon *d = &conf->daemon;
    uid_t feedback;
    gid_t group;
    struct machine m = { .conf = conf, .errors = errors, .warnings = warnings, .user = d->user };

    find_user(&m);
    if (d->control_group[0] != '\0' && !names_group(d->control_group, &group))
        wrong(&m, errors, "control-group", d->control_group,
              "there is no such group; make it with groupadd --system");
    if (!names_feedback_user(d->feedback_user, &feedback))
        wrong(&m, errors, "feedback-user", d->feedback_user,
              "there is no such user; make it with useradd --system, or write \"\"");
    check_folder(&m, errors, "state-directory", d->state_directory, true);
    check_parent(&m, warnings, "control-socket", d->control_socket);
    check_listens(&m, "policy-listen", &d->policy, false);
    check_listens(&m, "socketmap-listen", &d->socketmap, false);
    check_listens(&m, "auth-policy-listen", &d->auth_policy, d->auth_policy_key[0] != '\0');
    check_listens(&m, "metrics-listen", &d->metrics, false);
    for (uint32_t i = 0; i < d->logs_n; i++)
        check_readable(&m, "logs", d->logs[i]);
    check_readable(&m, "exceptions",
                   conf->exceptions_path.text.n > 0 ? conf->exceptions_path.text.p : "");
    check_readable(&m, "sender-logins",
                   conf->senders_path.text.n > 0 ? conf->senders_path.text.p : "");
    check_readable(&m, "auth-policy-key-file", d->auth_policy_key_file);
    check_postfix(&m);
    check_dovecot(&m);
    check_geo(&m);
    check_courier(&m);
}
