#include "act/job.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/check.h"
#include "act/clock.h"
#include "act/job_queue.h"
#include "act/job_work.h"
#include "act/lock_files.h"
#include "act/program.h"
#include "act/relay_map.h"

#include "base/ban.h"

enum { EX_NO_SESSION = 68 }; /* doveadm kick: EX_NOHOST, there was none */

int job_refuse(struct job *j, const char *why)
{
    buf_printf(&j->text, "%s", why);
    return -EINVAL;
}

/* The number in "0 cache entries flushed". */
static uint64_t first_number(struct slice text)
{
    uint64_t n = 0;
    struct slice word;

    return slice_cut(&text, ' ', &word) && slice_to_u64(word, &n) ? n : 0;
}

/* doveadm [-c file] words... user */
static int doveadm(struct job *j, const char *const words[], const char *user)
{
    const struct helper_options *o = j->options;
    const char *argv[10] = { o->doveadm != NULL ? o->doveadm : "/usr/bin/doveadm" };
    size_t n = 1;

    if (o->dovecot_config != NULL) {
        argv[n++] = "-c";
        argv[n++] = o->dovecot_config;
    }
    for (size_t i = 0; words[i] != NULL; i++)
        argv[n++] = words[i];
    argv[n] = user;
    return program_await(argv, (struct slice){ 0 }, &j->text);
}

static void terminated(struct slice user, char out[CHECK_ACCOUNT_MAX + 1])
{
    memcpy(out, user.p, user.n);
    out[user.n] = '\0';
}

static int kick(struct job *j)
{
    const char *wrong = check_kick(j->request->data);
    char user[CHECK_ACCOUNT_MAX + 1];
    int status;

    if (wrong != NULL)
        return job_refuse(j, wrong);
    terminated(j->request->data, user);
    status = doveadm(j, (const char *const[]){ "kick", NULL }, user);
    j->count = status == 0;
    return status == EX_NO_SESSION ? 0 : status;
}

static int flush(struct job *j)
{
    const char *wrong = check_user(j->request->data);
    char user[CHECK_ACCOUNT_MAX + 1];
    int status;

    if (wrong != NULL)
        return job_refuse(j, wrong);
    terminated(j->request->data, user);
    status = doveadm(j, (const char *const[]){ "auth", "cache", "flush", NULL }, user);
    j->count = status == 0 ? first_number(buf_slice(&j->text)) : 0;
    return status;
}

static int lock_files(struct job *j)
{
    const struct helper_options *o = j->options;
    const struct lock_files files = {
        .postmap = o->postmap != NULL ? o->postmap : "/usr/sbin/postmap",
        .postfix_config = o->postfix_config,
        .map = o->lock_map,
        .deny_file = o->deny_file,
    };

    return lock_files_write(&files, j->request->data, &j->count, &j->text);
}

static int relay_map(struct job *j)
{
    const struct helper_options *o = j->options;
    const struct map_file map = {
        .postmap = o->postmap != NULL ? o->postmap : "/usr/sbin/postmap",
        .postfix_config = o->postfix_config,
        .map = o->lock_map,
    };

    return relay_map_write(&map, o->relay_next, j->request->data, &j->count, &j->text);
}

/* A log that may be opened is a file, and no link to another one. */
static int open_log(struct job *j)
{
    struct slice path = j->request->data;
    const char *wrong = check_log(path, j->options->logs);
    char name[PATH_MAX];
    struct stat st;

    if (wrong == NULL && path.n >= sizeof name)
        wrong = "the path is too long";
    if (wrong != NULL)
        return job_refuse(j, wrong);
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    j->fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (j->fd < 0 || fstat(j->fd, &st) < 0) {
        int status = -errno;

        buf_printf(&j->text, "%s: %s", name,
                   status == -ELOOP ? "a symbolic link; name the file itself" : strerror(-status));
        return status;
    }
    return S_ISREG(st.st_mode) ? 0 : job_refuse(j, "not a regular file");
}

static int ping(struct job *j)
{
    (void)j;
    return 0;
}

static int unknown(struct job *j)
{
    return job_refuse(j, "the helper does not know this request");
}

static int (*work_of(uint32_t op))(struct job *)
{
    static int (*const works[HELPER_OPS])(struct job *) = {
        [HELPER_PING] = ping,
        [HELPER_HOLD] = job_postsuper,
        [HELPER_RELEASE] = job_postsuper,
        [HELPER_REQUEUE] = job_postsuper,
        [HELPER_DELETE] = job_postsuper,
        [HELPER_QUEUE_LIST] = job_queue_list,
        [HELPER_KICK] = kick,
        [HELPER_FLUSH] = flush,
        [HELPER_LOCK_FILES] = lock_files,
        [HELPER_OPEN_LOG] = open_log,
        [HELPER_RELAY_MAP] = relay_map,
        [HELPER_QUEUE_RUN] = job_queue_run,
    };

    return op < COUNT(works) && works[op] != NULL ? works[op] : unknown;
}

int job_run(int socket, const struct helper_options *options, const struct job_request *request)
{
    struct job j = { .socket = socket,
                     .options = options,
                     .request = request,
                     .text = buf_make(WIRE_TEXT_MAX),
                     .fd = -1 };
    int64_t start = clock_ms();
    struct wire_head head = {
        .id = request->id, .op = request->op, .flags = WIRE_LAST, .helper = request->helper
    };
    int status;

    head.status = work_of(request->op)(&j);
    head.duration_ms = (uint32_t)(clock_ms() - start);
    head.count = j.count;
    status = wire_send(socket, &head, buf_slice(&j.text), head.status == 0 ? j.fd : -1, 0);
    if (j.fd >= 0)
        (void)close(j.fd);
    buf_done(&j.text);
    return status;
}

void job_answer(int socket, const struct job_request *request, int status, const char *text)
{
    struct wire_head head = {
        .id = request->id,
        .op = request->op,
        .flags = WIRE_LAST,
        .helper = request->helper,
        .status = status,
    };

    if (wire_send(socket, &head, slice_of(text), -1, 0) < 0)
        return; /* nothing else can be done */
}
