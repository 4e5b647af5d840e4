/* wrote_to.c - `mailfuse wrote-to ADDRESS`: who answered the phisher, from the logs themselves, and
 * with --lock: lock them all. */
#include "cli/wrote_to.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/escape.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/scan.h"

#include "base/ban.h"

static struct wall wall_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){ now.tv_sec * SECOND_MS + now.tv_nsec / 1000000 };
}

/* Read the logs with the engine of `mailfuse scan`. `s` is zeroed; scan_close in any case. */
static int scan_logs(struct scan *s, struct scan_options *o, const char *address, char *const *logs,
                     size_t logs_n)
{
    char name[] = "mailfuse wrote-to", to[] = "--to";
    char **words = memory_new(logs_n + 4, sizeof *words);
    char *target = memory_new(strlen(address) + 1, 1);
    size_t n = 0;
    int status;

    memcpy(target, address, strlen(address) + 1);
    words[n++] = name;
    words[n++] = to;
    words[n++] = target;
    for (size_t i = 0; i < logs_n; i++)
        words[n++] = logs[i];
    status = scan_options_read(o, (int)n, words, wall_now());
    if (status == 0)
        status = scan_open(s, o);
    if (status == 0) {
        scan_run(s);
        scan_report(s);
        s->report.asked_to = arena_copy(&s->report.arena, s->report.asked_to);
    }
    free(target);
    free(words);
    return status;
}

static int print(const struct ask *a, const struct report *r, const struct wrote_group *groups,
                 size_t n)
{
    struct sheet sheet;
    json_t *list;
    int status;

    if (a->json) {
        list = wrote_json(r, groups, n);
        status = ask_print_json(a, list);
        json_decref(list);
        return status;
    }
    sheet_open(&sheet, NULL);
    wrote_text(&sheet, r, groups, n);
    return sheet_print(&sheet, a->usage->name);
}

/* One after the other; who cannot be locked does not keep the others from it. */
static int lock_one(struct ask *a, struct slice account, const char *reason)
{
    json_t *request = control_request("lock"), *reply = NULL;
    struct buf words = buf_make(2048);
    int status;

    json_object_set_new(request, "account", json_stringn(account.p, account.n));
    ask_put(request, "reason", reason);
    status = ask(a, request, &reply);
    if (status == 0) {
        escape_terminal(&words, answer_text(reply, "words"));
        fprintf(stderr, "%.*s.\n", SLICE_ARG(buf_slice(&words)));
    }
    buf_done(&words);
    json_decref(reply);
    return status;
}

static int lock_all(struct ask *a, const struct report *r, const struct wrote_group *groups,
                    size_t n)
{
    struct buf reason = buf_make(1024);
    int worst = 0;

    buf_add(&reason, SLICE("wrote to "));
    buf_add(&reason, slice_head_utf8(r->asked_to, 400));
    buf_add_char(&reason, '\0');
    for (size_t i = 0; worst != ASK_TROUBLE && i < n; i++) {
        int status = lock_one(a, groups[i].rows->account, a->reason != NULL ? a->reason : reason.p);

        worst = status > worst ? status : worst;
    }
    buf_done(&reason);
    return worst;
}

static int ask_and_lock(struct ask *a, const struct report *r, const struct wrote_group *groups,
                        size_t n)
{
    struct buf question = buf_make(200);
    int status = ASK_REFUSED;

    if (n > 1)
        buf_printf(&question, "Lock these %zu accounts?", n);
    else
        buf_add(&question, SLICE("Lock this account?"));
    if (ask_confirm(a, buf_slice(&question)))
        status = ask_open(a);
    if (status == 0)
        status = lock_all(a, r, groups, n);
    ask_close(a);
    buf_done(&question);
    return status;
}

static int answer(struct ask *a, struct report *r)
{
    struct wrote_group *groups = memory_new(r->wrote_n + 1, sizeof *groups);
    size_t n = wrote_groups(r, groups);
    int status = print(a, r, groups, n);

    if (status == 0 && a->lock && n > 0)
        status = ask_and_lock(a, r, groups, n);
    free(groups);
    return status;
}

int cli_wrote_to(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "wrote-to",
        .operands = "ADDRESS|DOMAIN [LOG]...",
        .help = "Who wrote there, by the logs that the settings name and those rotated away,\n"
                "or by the files that are named here. Needs no running daemon, but for --lock.\n",
        .options = ASK_LOCK | ASK_YES | ASK_REASON,
        .least = 1,
        .most = 10000,
    };
    struct scan_options options = { 0 };
    struct scan scan = { 0 };
    struct wrote_logs logs = { 0 };
    struct ask a;
    int status = ask_read(&a, &usage, argc, argv);

    if (status != 0 || a.help)
        return status;
    if (a.words_n == 1)
        status = wrote_logs_find(&a, &logs);
    if (status == 0)
        status = scan_logs(&scan, &options, a.words[0], a.words_n > 1 ? a.words + 1 : logs.words,
                           a.words_n > 1 ? a.words_n - 1 : logs.n);
    if (status == 0)
        status = answer(&a, &scan.report);
    if (scan.unread_file)
        status = ASK_TROUBLE;
    scan_close(&scan);
    wrote_logs_free(&logs);
    return status;
}
