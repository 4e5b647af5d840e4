/* run.c - mailfuse run: opens what needs rights, then hands over to helper and worker. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/helper.h"
#include "act/sandbox.h"
#include "act/supervise.h"
#include "cli/commands.h"
#include "cli/courier.h"
#include "cli/names.h"
#include "cli/postconf.h"
#include "conf/conf.h"
#include "run/daemon.h"
#include "serve/listen.h"

#include "base/ban.h"

enum {
    FINAL = 2,
    PATH_ROOM = 4200,
    ERROR_ROOM = 600,
    ANYBODY = 0666,
    GROUP_ONLY = 0660,
    CONNECTIONS = 65536,
    DYING_MS =
        3000, /* the kernel may take so long to end a killed daemon that waits for its disk */
    AGAIN_MS = 50
};

struct start {
    const char *conf_path; /* NULL: the default */
    struct conf *conf;     /* that the worker goes by */
    bool settled;          /* it does: else they may be wrong in a way that only a worker sees */
    struct daemon_sockets sockets;
    struct sandbox_user user;
    uid_t feedback; /* (uid_t)-1: there is no such user */
    bool root;
    int courier;   /* the program; -1: there is none */
    int wishes[2]; /* the supervisor's end, and the worker's, who asks for one, and tells of
                      settings */
};

static void usage(FILE *to)
{
    fputs("Usage: mailfuse run [-c FILE]\n"
          "Protect Postfix and Dovecot: stays in the foreground until SIGTERM; SIGHUP reads the\n"
          "settings again. Log lines go to standard error, with systemd's priorities.\n\n"
          "  -c, --config FILE  settings; default " CONF_PATH "\n"
          "      --help         this text\n\n"
          "mailfuse check-config tells whether the settings are right, mailfuse setup postfix how\n"
          "Postfix is to ask, mailfuse status whether all is well.\n",
          to);
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    fprintf(stderr, "%s%s\n", getenv("JOURNAL_STREAM") != NULL ? "<5>" : "mailfuse: ", line);
}

static struct conf *read_conf(const char *path)
{
    struct conf_errors errors = { 0 };
    struct conf *conf = conf_read(path, &errors);

    for (uint32_t i = 0; i < errors.n; i++)
        fprintf(stderr, "mailfuse run: %s\n", errors.all[i].text.p);
    if (errors.n > 0) {
        conf_free(conf);
        conf = NULL;
    }
    conf_errors_done(&errors);
    return conf;
}

static void close_all(const int *fds, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

/* The helper listens nowhere: what it starts must not keep a door open when all else is gone. */
static void close_doors(const struct daemon_sockets *s)
{
    close_all(s->policy, s->policy_n);
    close_all(s->socketmap, s->socketmap_n);
    close_all(s->auth, s->auth_n);
    close_all(s->metrics, s->metrics_n);
    if (s->control >= 0)
        (void)close(s->control);
}

/* The settings of that fingerprint instead of those that were read before; false when the file has
 * others by now. */
static bool take_conf(struct start *s, uint64_t fingerprint)
{
    struct conf *conf = read_conf(s->conf_path);

    if (conf == NULL || conf->fingerprint != fingerprint) {
        conf_free(conf);
        return false;
    }
    conf_free(s->conf);
    s->conf = conf;
    return true;
}

/* A supervise callback: the worker has taken over the settings of that fingerprint. */
static enum supervise_settings settings(void *ctx, uint64_t fingerprint)
{
    struct start *s = ctx;
    bool first = !s->settled;

    if (fingerprint == s->conf->fingerprint && first) {
        s->settled = true;
        return SUPERVISE_AS_BEFORE;
    }
    if (fingerprint != s->conf->fingerprint && !take_conf(s, fingerprint)) {
        say(s, "the settings were changed while they were read; they are read once more");
        return SUPERVISE_OTHERS;
    }
    s->settled = true;
    return SUPERVISE_TAKEN;
}

/* A supervise callback: the helper. */
static int help(int socket, void *ctx)
{
    const struct start *s = ctx;
    const struct conf_daemon *d = &s->conf->daemon;
    char postsuper[PATH_ROOM], postqueue[PATH_ROOM], postmap[PATH_ROOM];
    char queue[PATH_ROOM], owner[ERROR_ROOM];
    const char **logs = calloc(d->logs_n + 1, sizeof *logs);
    struct helper_options o = { .postsuper = postsuper,
                                .postqueue = postqueue,
                                .postmap = postmap,
                                .doveadm = d->doveadm,
                                .postfix_config = d->postfix_config_directory,
                                .dovecot_config = d->dovecot_config,
                                .queue_directory = queue,
                                .mail_owner = owner,
                                .lock_map = d->postfix_lock_map.text,
                                .deny_file = d->dovecot_deny_file,
                                .relay_next = d->relay.host,
                                .logs = logs };
    int status;

    close_doors(&s->sockets);
    close_all(s->wishes, COUNT(s->wishes));
    snprintf(postsuper, sizeof postsuper, "%s/postsuper", d->postfix_command_directory);
    snprintf(postqueue, sizeof postqueue, "%s/postqueue", d->postfix_command_directory);
    snprintf(postmap, sizeof postmap, "%s/postmap", d->postfix_command_directory);
    for (uint32_t i = 0; logs != NULL && i < d->logs_n; i++)
        logs[i] = d->logs[i];
    if (!postconf_value(d, "queue_directory", queue, sizeof queue))
        o.queue_directory = NULL;
    if (!postconf_value(d, "mail_owner", owner, sizeof owner))
        o.mail_owner = NULL;
    status = helper_run(socket, &o);
    free(logs);
    if (status < 0)
        fprintf(stderr, "mailfuse: the helper cannot start: %s\n", strerror(-status));
    return status < 0 ? 1 : 0;
}

static int confine(void *ctx)
{
    const struct start *s = ctx;
    struct buf why = buf_make(ERROR_ROOM);
    int status = sandbox_enter(s->root ? &s->user : NULL, &why);

    if (status != 0)
        fprintf(stderr, "mailfuse: %.*s\n", SLICE_ARG(buf_slice(&why)));
    buf_done(&why);
    return status;
}

static int work(int socket, void *ctx)
{
    struct start *s = ctx;
    char queue[PATH_ROOM];
    bool known = postconf_value(&s->conf->daemon, "queue_directory", queue, sizeof queue);
    struct worker_options o = { .conf_path = s->conf_path,
                                .last = s->settled ? s->conf : NULL,
                                .supervisor = s->wishes[1],
                                .courier = s->courier >= 0,
                                .sockets = s->sockets,
                                .feedback_user = s->feedback,
                                .helper = socket,
                                .queue_directory = known ? queue : NULL,
                                .queue_needs = known ? postconf_queue_needs(&s->conf->daemon) : 0,
                                .confine = confine,
                                .confine_ctx = s };

    (void)close(s->wishes[0]);
    return worker_run(&o);
}

/* A supervise callback: the courier, with the commands of the settings. */
static int carry(int session, void *ctx)
{
    const struct start *s = ctx;
    const struct conf_alerts *alerts = &s->conf->daemon.alerts;
    const char *commands[CONF_WAYS_MAX + 1] = { NULL };
    uint32_t n = 0;

    for (uint32_t i = 0; i < alerts->ways_n && n < CONF_WAYS_MAX; i++)
        if (alerts->ways[i].kind == CONF_WAY_COMMAND)
            commands[n++] = alerts->ways[i].path;
    return courier_become(s->courier, session, s->root ? &s->user : NULL, commands);
}

/* Without one, everything works but telling people. */
static void prepare_courier(struct start *s)
{
    s->courier = courier_find();
    if (s->courier < 0)
        fprintf(stderr, "mailfuse run: no alerts can be sent: mailfuse-courier: %s\n",
                strerror(errno));
}

/* One door, ours by inheritance or opened now; -errno with a message. Another daemon may be about
 * to end. */
static int open_one(const char *where, mode_t mode, gid_t group)
{
    char error[ERROR_ROOM];
    int fd = listen_inherited(where);

    for (int waited = 0; fd < 0; waited += AGAIN_MS) {
        fd = listen_open(where, mode, (uid_t)-1, group, error, sizeof error);
        if (fd != -EADDRINUSE || waited >= DYING_MS)
            break;
        (void)usleep(AGAIN_MS * 1000);
    }
    if (fd < 0)
        fprintf(stderr, "mailfuse run: %s\n", error);
    return fd;
}

/* Open all the doors of one kind. */
static bool open_all(const struct conf_listens *from, mode_t mode, gid_t group, int *to,
                     uint32_t *n)
{
    for (uint32_t i = 0; i < from->n; i++) {
        int fd = open_one(from->all[i].text, mode, group);

        if (fd < 0)
            return false;
        if (i == DAEMON_DOORS) {
            fprintf(stderr, "mailfuse run: more than %d places to listen at\n", DAEMON_DOORS);
            return false;
        }
        to[(*n)++] = fd;
    }
    return true;
}

static bool open_control(struct start *s)
{
    const struct conf_daemon *d = &s->conf->daemon;
    gid_t group = (gid_t)-1;
    char where[PATH_ROOM];

    s->sockets.control = -1;
    if (d->control_socket[0] == '\0')
        return true;
    if (d->control_group[0] != '\0' && !names_group(d->control_group, &group)) {
        fprintf(stderr, "mailfuse run: control-group: there is no group %s\n", d->control_group);
        return false;
    }
    /* The worker may only read /etc/passwd; whom it does not know it takes for an administrator. */
    if (!names_feedback_user(d->feedback_user, &s->feedback)) {
        fprintf(stderr, "mailfuse run: feedback-user: there is no user %s\n", d->feedback_user);
        return false;
    }
    snprintf(where, sizeof where, "unix:%s", d->control_socket);
    s->sockets.control = open_one(where, GROUP_ONLY, group);
    return s->sockets.control >= 0;
}

/* A directory of ours that is not there yet. In a shared one the worker has its database and the
 * helper the lock files, which Postfix and Dovecot read: as in packaging/tmpfiles.d. */
static void make_directory(const struct start *s, const char *path, bool shared)
{
    if (mkdir(path, shared && !s->root ? 0750 : 0755) == 0 && shared && s->root &&
        (chown(path, 0, s->user.gid) != 0 || chmod(path, 01771) != 0))
        fprintf(stderr, "mailfuse run: %s: %s\n", path, strerror(errno));
}

static void make_directories(const struct start *s)
{
    const struct conf_daemon *d = &s->conf->daemon;
    char *socket = strdup(d->control_socket);
    char *slash = socket != NULL ? strrchr(socket, '/') : NULL;

    make_directory(s, d->state_directory, true);
    if (slash != NULL && slash != socket) {
        *slash = '\0';
        make_directory(s, socket, false);
    }
    free(socket);
}

/* Each smtpd process keeps a connection. */
static void allow_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < CONNECTIONS ? limit.rlim_max : CONNECTIONS;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int prepare(struct start *s)
{
    static const char *const log_readers[] = { "adm", "systemd-journal", NULL };
    struct conf_daemon *d;
    struct buf why = buf_make(ERROR_ROOM);
    int status = 0;

    s->conf = read_conf(s->conf_path);
    if (s->conf == NULL)
        return FINAL;
    d = &s->conf->daemon;
    s->root = geteuid() == 0;
    if (s->root && sandbox_find_user(d->user, log_readers, &s->user, &why) != 0) {
        fprintf(stderr, "mailfuse run: %.*s\n", SLICE_ARG(buf_slice(&why)));
        status = FINAL;
    }
    buf_done(&why);
    if (status != 0)
        return status;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->wishes) < 0) {
        fprintf(stderr, "mailfuse run: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    allow_connections();
    prepare_courier(s);
    make_directories(s);
    if (!open_all(&d->policy, ANYBODY, (gid_t)-1, s->sockets.policy, &s->sockets.policy_n) ||
        !open_all(&d->socketmap, ANYBODY, (gid_t)-1, s->sockets.socketmap,
                  &s->sockets.socketmap_n) ||
        !open_all(&d->auth_policy, GROUP_ONLY, (gid_t)-1, s->sockets.auth, &s->sockets.auth_n) ||
        !open_all(&d->metrics, ANYBODY, (gid_t)-1, s->sockets.metrics, &s->sockets.metrics_n) ||
        !open_control(s))
        return FINAL;
    return 0;
}

int cli_run(int argc, char **argv)
{
    static const struct option options[] = { { "config", required_argument, NULL, 'c' },
                                             { "foreground", no_argument, NULL, 'f' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct start start = {
        .sockets = { .control = -1 }, .feedback = (uid_t)-1, .courier = -1, .wishes = { -1, -1 }
    };
    struct supervise_options supervised = {
        .worker = work, .settings = settings, .say = say, .ctx = &start, .final_status = FINAL
    };
    char name[] = "mailfuse run"; /* for what getopt_long says */
    int option, status;

    argv[0] = name;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        if (option == 'h') {
            usage(stdout);
            return 0;
        }
        if (option == 'c')
            start.conf_path = optarg;
        else if (option != 'f')
            return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "mailfuse run: there is nothing to be said about '%s'\n", argv[optind]);
        return EXIT_USAGE;
    }
    status = prepare(&start);
    if (status == 0) {
        supervised.helper = start.root ? help : NULL;
        supervised.courier = start.courier >= 0 ? carry : NULL;
        supervised.door = start.wishes[0];
        status = supervise(&supervised);
    }
    conf_free(start.conf);
    return status;
}
