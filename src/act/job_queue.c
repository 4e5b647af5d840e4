#include "act/job_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/check.h"
#include "act/drop.h"
#include "act/program.h"
#include "act/queue_scan.h"

#include "base/ban.h"

enum {
    ROWS_FD = 3,
    ROWS_AT_ONCE = 8192, /* bytes in a packet: 0.1 ms of the worker's time */
    IOPRIO_WHO_PROCESS = 1,
    IOPRIO_IDLE = 3 << 13, /* ioprio_set(2): the class, no level */
    ONE_BY_ONE = 64,       /* of more the whole queue is tried */
    ID_ROOM = 64,
};

/* The number in the last "postsuper: Placed on hold: 12 messages". */
static uint64_t count_of(struct slice said)
{
    static const struct slice endings[] = { SLICE_INIT(" messages"), SLICE_INIT(" message") };
    uint64_t count = 0;
    struct slice line, word;

    while (slice_cut(&said, '\n', &line)) {
        for (size_t i = 0; i < COUNT(endings); i++) {
            if (slice_ends(line, endings[i])) {
                line.n -= endings[i].n;
                if (slice_cut_last(&line, ' ', &word))
                    (void)slice_to_u64(word, &count);
                break;
            }
        }
    }
    return count;
}

/* postqueue [-c directory] option [id] */
static int postqueue(const struct helper_options *o, const char *option, const char *id,
                     struct buf *said)
{
    const char *argv[6] = { o->postqueue != NULL ? o->postqueue : "/usr/sbin/postqueue" };
    size_t n = 1;

    if (o->postfix_config != NULL) {
        argv[n++] = "-c";
        argv[n++] = o->postfix_config;
    }
    argv[n++] = option;
    argv[n] = id;
    return program_await(argv, (struct slice){ 0 }, said);
}

/* The same, without a word about it. */
static void try_postqueue(const struct helper_options *o, const char *option, const char *id)
{
    CLEANUP(buf_done) struct buf said = buf_make(ID_ROOM);
    int status = postqueue(o, option, id, &said);

    (void)status;
}

/* What postsuper lets go is deferred, and would wait for the next run of the queue, five minutes
 * (queue_run_delay). When this does not work it does, so there is nothing to tell. */
static void deliver_soon(const struct job *j)
{
    struct slice ids = j->request->data, id;
    char room[ID_ROOM];
    size_t n = 0;

    for (size_t i = 0; i < ids.n; i++)
        n += ids.p[i] == '\n';
    if (n > ONE_BY_ONE) {
        try_postqueue(j->options, "-f", NULL);
        return;
    }
    while (slice_cut(&ids, '\n', &id)) {
        if (id.n == 0 || id.n >= sizeof room)
            continue;
        memcpy(room, id.p, id.n);
        room[id.n] = '\0';
        try_postqueue(j->options, "-i", room);
    }
}

int job_queue_run(struct job *j)
{
    return postqueue(j->options, "-f", NULL, &j->text);
}

int job_postsuper(struct job *j)
{
    static const struct {
        const char *option, *queue;
    } ways[HELPER_OPS] = {
        [HELPER_HOLD] = { "-h", NULL },
        [HELPER_RELEASE] = { "-H", NULL },
        [HELPER_REQUEUE] = { "-r", "hold" },
        [HELPER_DELETE] = { "-d", "hold" },
    };
    const struct helper_options *o = j->options;
    const char *argv[8] = { o->postsuper != NULL ? o->postsuper : "/usr/sbin/postsuper" };
    const char *wrong = check_ids(j->request->data);
    size_t n = 1;
    int status;

    if (wrong != NULL)
        return job_refuse(j, wrong);
    if (o->postfix_config != NULL) {
        argv[n++] = "-c";
        argv[n++] = o->postfix_config;
    }
    argv[n++] = ways[j->request->op].option;
    argv[n++] = "-";
    argv[n] = ways[j->request->op].queue;
    status = program_await(argv, j->request->data, &j->text);
    j->count = count_of(buf_slice(&j->text));
    if (status == 0 && j->request->op == HELPER_RELEASE)
        deliver_soon(j);
    return status;
}

/* At everybody's mail, with recipients; what is to be held is urgent. */
static bool is_look(const struct job *j)
{
    return slice_eq(j->request->data, SLICE("r"));
}

/* In the child: become Postfix's user, keep no descriptor but the pipe. Ends with an errno. */
static void read_queue(const struct job *j, const struct passwd *owner, int pipe)
{
    struct slice data = j->request->data;
    const struct queue_scan scan = {
        .directory = j->options->queue_directory != NULL ? j->options->queue_directory
                                                         : "/var/spool/postfix",
        .login = slice_from(data, 1),
        .rcpts = data.p[0] == 'r',
        .gentle = is_look(j),
    };
    int status;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(pipe, ROWS_FD) < 0 || close_range(ROWS_FD + 1, ~0U, 0) < 0)
        _exit(errno);
    status = drop_to(owner->pw_uid, owner->pw_gid, NULL, 0);
    if (status == 0)
        status = queue_scan(&scan, ROWS_FD);
    _exit(-status);
}

/* Pass on what comes out of the pipe. */
static int pass_rows(struct job *j, int pipe)
{
    struct wire_head head = { .id = j->request->id, .op = j->request->op };
    char rows[ROWS_AT_ONCE];
    ssize_t n;
    int status = 0;

    do {
        n = read(pipe, rows, sizeof rows);
        if (n > 0)
            status = wire_send(j->socket, &head, (struct slice){ rows, (size_t)n }, -1, 0);
    } while (status == 0 && (n > 0 || (n < 0 && errno == EINTR)));
    return status;
}

static int end_of(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int list_as(struct job *j, const struct passwd *owner)
{
    int ends[2], status, ended;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    if (is_look(j)) { /* this process has no other work */
        (void)setpriority(PRIO_PROCESS, 0, 19);
        (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
    }
    pid = fork();
    if (pid == 0)
        read_queue(j, owner, ends[1]);
    status = pid < 0 ? -errno : 0;
    (void)close(ends[1]);
    if (status == 0)
        status = pass_rows(j, ends[0]);
    (void)close(ends[0]);
    if (pid < 0)
        return status;
    ended = end_of(pid);
    if (ended != 0)
        buf_printf(&j->text, "the queue could not be read: %s",
                   ended < 0 ? strerror(-ended) : "its reader was ended by a signal");
    return status != 0 ? status : ended;
}

int job_queue_list(struct job *j)
{
    const char *name = j->options->mail_owner != NULL ? j->options->mail_owner : "postfix";
    struct slice data = j->request->data;
    const struct passwd *owner;

    if (data.n == 0 || (data.p[0] != 'r' && data.p[0] != '-'))
        return job_refuse(j, "neither with nor without recipients");
    if (data.n - 1 > CHECK_ACCOUNT_MAX)
        return job_refuse(j, "the name of the account is too long");
    /* cppcheck-suppress getpwnamCalled ; there is one thread */
    owner = getpwnam(name);
    if (owner == NULL || owner->pw_uid == 0) {
        buf_printf(&j->text, "%s: %s", name, owner == NULL ? "no such user" : "must not be root");
        return -EINVAL;
    }
    return list_as(j, owner);
}
