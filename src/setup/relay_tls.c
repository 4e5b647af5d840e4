#include "setup/relay_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"

#include "base/ban.h"

enum { WORDS_MAX = 24, ERRORS_MAX = 16 * 1024, PLACE_MAX = 300, WAIT_MS = 5000, SHOWN_MAX = 200 };

#define OPENSSL "/usr/bin/openssl"

static int spawn(struct relay_tls *t, const char *const argv[], int talk, int errors)
{
    char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C", conf[] = "OPENSSL_CONF=/dev/null";
    char *environment[] = { path, locale, conf, NULL };
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return -error;
    if ((error = posix_spawn_file_actions_adddup2(&actions, talk, 0)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, talk, 1)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, errors, 2)) == 0)
        error = posix_spawn(&t->pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
                            environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        t->pid = -1;
    return -error;
}

int relay_tls_start(struct relay_tls *t, const struct relay_tls_wish *w)
{
    const char *argv[WORDS_MAX] = { OPENSSL, "s_client", "-quiet" };
    int talk[2], errors[2], status;
    char place[PLACE_MAX];
    size_t n = 3;

    snprintf(place, sizeof place, strchr(w->host, ':') != NULL ? "[%s]:%s" : "%s:%s", w->host,
             w->port);
    argv[n++] = "-connect";
    argv[n++] = place;
    argv[n++] = "-servername";
    argv[n++] = w->host;
    if (w->starttls) {
        argv[n++] = "-starttls";
        argv[n++] = "smtp";
        argv[n++] = "-name";
        argv[n++] = w->helo;
    }
    if (w->verify) {
        argv[n++] = "-verify_return_error";
        argv[n++] = "-verify_hostname";
        argv[n++] = w->host;
        argv[n++] = "-CAfile";
        argv[n++] = w->ca_file;
    }
    argv[n] = NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk) < 0)
        return -errno;
    if (pipe2(errors, O_CLOEXEC) < 0) {
        status = -errno;
        (void)close(talk[0]);
        (void)close(talk[1]);
        return status;
    }
    status = spawn(t, argv, talk[1], errors[1]);
    (void)close(talk[1]);
    (void)close(errors[1]);
    if (status == 0) {
        t->errors = errors[0];
        return talk[0];
    }
    (void)close(talk[0]);
    (void)close(errors[0]);
    return status;
}

/* All that it has said, until it ends. */
static void read_errors(const struct relay_tls *t, struct buf *out)
{
    struct pollfd p = { .fd = t->errors, .events = POLLIN };
    char block[4096];
    ssize_t n;

    while (poll(&p, 1, WAIT_MS) == 1 && (n = read(t->errors, block, sizeof block)) > 0)
        buf_add(out, (struct slice){ block, (size_t)n });
}

bool relay_tls_wrong(struct relay_tls *t, struct buf *words)
{
    static const struct slice verify = SLICE_INIT("verify error:num="),
                              error = SLICE_INIT("error:");
    CLEANUP(buf_done) struct buf said = buf_make(ERRORS_MAX);
    struct slice rest, line, before;

    if (t->errors < 0)
        return false;
    read_errors(t, &said);
    rest = buf_slice(&said);
    if (slice_cut_at(&rest, verify, &before)) { /* "num=18:self-signed certificate" */
        if (!slice_cut(&rest, '\n', &line))
            line = rest;
        (void)slice_cut(&line, ':', &before);
        buf_printf(words, "the certificate is not accepted: ");
        escape_terminal(words, slice_head(line, SHOWN_MAX));
        return true;
    }
    rest = buf_slice(&said);
    if (!slice_cut_at(&rest, error, &before))
        return false;
    if (!slice_cut(&rest, '\n', &line))
        line = rest;
    buf_printf(words, "TLS does not work: ");
    escape_terminal(words, slice_head(line, SHOWN_MAX));
    return true;
}

void relay_tls_end(struct relay_tls *t)
{
    int how;

    if (t->errors >= 0)
        (void)close(t->errors);
    t->errors = -1;
    if (t->pid <= 0)
        return;
    (void)kill(t->pid, SIGKILL);
    while (waitpid(t->pid, &how, 0) < 0 && errno == EINTR)
        ;
    t->pid = -1;
}
