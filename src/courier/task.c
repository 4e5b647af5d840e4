#include "courier/task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "act/clock.h"
#include "courier/deliver.h"
#include "courier/transfer.h"

#include "base/ban.h"

enum { READ_ROOM = 4096, CANNOT_EXECUTE = 127 };

/* What each kind of delivery may take. */
static const int limits_ms[COURIER_KINDS] = { [COURIER_MAIL] = TASK_MAIL_MS,
                                              [COURIER_WEBHOOK] = TASK_WEBHOOK_MS,
                                              [COURIER_COMMAND] = TASK_COMMAND_MS };

/* Say it in one write, which a pipe does not tear apart. */
static void tell(int to, uint64_t id, const struct outcome *o)
{
    struct buf frame = buf_make(COURIER_ANSWER_MAX);
    const struct courier_answer answer = { .id = id,
                                           .result = o->result,
                                           .retry_after_s = o->retry_after_s,
                                           .words = buf_slice(&o->words) };

    if (!courier_answer_add(&frame, &answer) || write(to, frame.p, frame.n) != (ssize_t)frame.n)
        _exit(1);
    (void)close(to);
    buf_done(&frame);
}

/* The answer goes out first: saying goodbye to a server may take as long as it likes. */
static void deliver(const struct courier_letter *letter, int to)
{
    struct transfer t = { 0 };
    struct outcome o = outcome_make();

    if (letter->kind == COURIER_MAIL)
        mail_deliver(letter, &o, &t);
    else
        webhook_deliver(letter, &o, &t);
    tell(to, letter->id, &o);
    transfer_done(&t);
    buf_done(&o.words);
}

/* In the child; never returns. */
static void become_delivery(const struct courier_letter *letter, int to, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || setpgid(0, 0) < 0)
        _exit(1);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (letter->kind == COURIER_COMMAND) {
        if (dup2(to, STDERR_FILENO) >= 0)
            command_execute(letter);
        dprintf(STDERR_FILENO, "cannot be executed: %s\n", strerror(errno));
        _exit(CANNOT_EXECUTE);
    }
    /* Its socket is not for those who talk with strangers. */
    if (dup2(to, STDIN_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
        _exit(1);
    (void)signal(SIGPIPE, SIG_IGN);
    deliver(letter, STDIN_FILENO);
    _exit(0);
}

int task_start(struct task *t, const struct courier_letter *letter)
{
    pid_t parent = getpid(), pid;
    int pair[2];

    if (pipe2(pair, O_CLOEXEC) < 0)
        return -errno;
    pid = fork();
    if (pid == 0)
        become_delivery(letter, pair[1], parent);
    (void)close(pair[1]);
    if (pid < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0) {
        (void)close(pair[0]);
        return pid < 0 ? -EAGAIN : -EINVAL;
    }
    (void)setpgid(pid, pid); /* whoever is first */
    *t = (struct task){ .id = letter->id,
                        .kind = letter->kind,
                        .pid = pid,
                        .said = pair[0],
                        .deadline_ms = clock_ms() + limits_ms[letter->kind] };
    return 0;
}

/* The front of what is said is kept. */
static void read_all(struct task *t)
{
    char bytes[READ_ROOM];
    ssize_t n = 0;

    while (t->said >= 0 && (n = read(t->said, bytes, sizeof bytes)) > 0) {
        size_t room = sizeof t->head - t->n, kept = (size_t)n < room ? (size_t)n : room;

        memcpy(t->head + t->n, bytes, kept);
        t->n += kept;
    }
    if (t->said >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR))) {
        (void)close(t->said);
        t->said = -1;
    }
}

/* The child's answer, when it is whole and its own. */
static bool take_answer(struct task *t, struct buf *out)
{
    struct courier_answer answer;
    size_t used = 0;

    if (t->answered || t->kind == COURIER_COMMAND ||
        courier_answer_parse((struct slice){ t->head, t->n }, &answer, &used) != PARSE_OK ||
        answer.id != t->id)
        return false;
    t->answered = courier_answer_add(out, &answer);
    return t->answered;
}

void task_listen(struct task *t, struct buf *out)
{
    read_all(t);
    if (take_answer(t, out))
        t->deadline_ms = clock_ms() + TASK_PARTING_MS;
}

void task_refuse(struct buf *out, uint64_t id, enum courier_result result, const char *why)
{
    const struct courier_answer answer = { .id = id, .result = result, .words = slice_of(why) };

    if (!courier_answer_add(out, &answer))
        out->full = true;
}

void task_ended(struct task *t, int status, struct buf *out)
{
    struct outcome o = outcome_make();

    read_all(t);
    if (t->kind == COURIER_COMMAND)
        command_judge(status, t->late, (struct slice){ t->head, t->n }, &o);
    else if (t->late)
        outcome_set(&o, COURIER_TEMPORARY, "took too long");
    else
        outcome_set(&o, COURIER_TEMPORARY, "the delivery ended without an answer");
    if (!t->answered && !take_answer(t, out)) {
        const struct courier_answer answer = { .id = t->id,
                                               .result = o.result,
                                               .words = buf_slice(&o.words) };

        t->answered = courier_answer_add(out, &answer);
    }
    if (t->said >= 0)
        (void)close(t->said);
    buf_done(&o.words);
    t->pid = 0;
}

void task_kill(struct task *t)
{
    (void)kill(-t->pid, SIGKILL);
}

int64_t task_hurry(struct task *t, int64_t now_ms)
{
    if (now_ms < t->deadline_ms)
        return t->deadline_ms - now_ms;
    t->late = true;
    if (t->kind == COURIER_COMMAND && !t->warned)
        (void)kill(-t->pid, SIGTERM);
    else
        task_kill(t);
    t->warned = true;
    t->deadline_ms = now_ms + TASK_PARTING_MS;
    return TASK_PARTING_MS;
}
