#include "cli/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/when.h"
#include "cli/zone.h"

#include "base/ban.h"

enum { TROUBLE_MAX = 8192 };

void ask_say(const struct ask *a, struct slice text)
{
    fprintf(stderr, "mailfuse %s: %.*s\n", a->usage->name, SLICE_ARG(text));
}

int ask_open(struct ask *a)
{
    struct buf trouble = buf_make(TROUBLE_MAX);
    bool ok = ask_socket(a, &trouble) && control_open(&a->control, a->path, &trouble);

    if (!ok)
        ask_say(a, buf_slice(&trouble));
    buf_done(&trouble);
    return ok ? 0 : ASK_TROUBLE;
}

void ask_close(struct ask *a)
{
    control_close(&a->control);
}

int ask(struct ask *a, json_t *request, json_t **reply)
{
    struct buf trouble = buf_make(TROUBLE_MAX);
    json_t *got = control_ask(&a->control, request, &trouble);
    int status = got == NULL ? ASK_TROUBLE : control_ok(got, &trouble) ? 0 : ASK_REFUSED;

    if (status == ASK_REFUSED && a->json)
        (void)!ask_print_json(a, got);
    else if (status != 0)
        ask_say(a, buf_slice(&trouble));
    buf_done(&trouble);
    if (status != 0)
        json_decref(got);
    else
        *reply = got;
    return status;
}

void ask_put(json_t *request, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(request, name, json_string(text));
}

void ask_put_number(json_t *request, const char *name, uint64_t n)
{
    if (n > 0)
        json_object_set_new(request, name, json_integer((json_int_t)n));
}

static struct wall wall_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){ now.tv_sec * SECOND_MS + now.tv_nsec / 1000000 };
}

/* The offset of this machine's zone at that time. */
static int32_t offset_at(struct wall at)
{
    time_t s = (time_t)(at.ms / SECOND_MS);
    struct tm tm;

    return localtime_r(&s, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
}

int ask_put_incident(struct ask *a, json_t *request)
{
    uint64_t number;

    if (!slice_to_u64(slice_of(a->words[0]), &number) || number == 0) {
        ask_say(a, SLICE("an incident is named by its number; mailfuse incidents lists them"));
        return ASK_TROUBLE;
    }
    ask_put_number(request, "incident", number);
    return 0;
}

int ask_put_time(const struct ask *a, json_t *request, const char *name, const char *text)
{
    char stamp[WALL_TEXT_MAX];
    struct zone zone;
    struct wall at;

    if (text == NULL)
        return 0;
    if (!zone_choose(NULL, &zone) ||
        !when_parse(slice_of(text), wall_now(), zone_offset, &zone, &at)) {
        fprintf(stderr,
                "mailfuse %s: this is no time: %s; write \"2026-11-22 10:00\", yesterday or 2h\n",
                a->usage->name, text);
        return ASK_TROUBLE;
    }
    wall_rfc3339(at, offset_at(at), false, stamp);
    json_object_set_new(request, name, json_string(stamp));
    return 0;
}

int ask_print_json(const struct ask *a, const json_t *reply)
{
    if (json_dumpf(reply, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0 && putchar('\n') >= 0 &&
        fflush(stdout) == 0)
        return 0;
    fprintf(stderr, "mailfuse %s: standard output cannot be written\n", a->usage->name);
    return ASK_TROUBLE;
}

bool ask_confirm(const struct ask *a, struct slice question)
{
    struct buf shown = buf_make(TROUBLE_MAX);
    char line[64] = "";
    bool yes;

    if (a->yes)
        return true;
    if (isatty(STDIN_FILENO) != 1) {
        ask_say(a, SLICE("there is no terminal to ask on; --yes says yes"));
        return false;
    }
    escape_terminal(&shown, question);
    fprintf(stderr, "%.*s [y/N] ", SLICE_ARG(buf_slice(&shown)));
    fflush(stderr);
    buf_done(&shown);
    yes = fgets(line, sizeof line, stdin) != NULL &&
          (slice_eq_nocase(slice_of(line), SLICE("y\n")) ||
           slice_eq_nocase(slice_of(line), SLICE("yes\n")));
    if (!yes)
        ask_say(a, SLICE("nothing was changed"));
    return yes;
}

int ask_print(struct ask *a, ask_show *show, const json_t *reply)
{
    struct sheet sheet;

    if (a->json)
        return ask_print_json(a, reply);
    sheet_open(&sheet, reply);
    show(a, &sheet, reply);
    return sheet_print(&sheet, a->usage->name);
}

int ask_run(struct ask *a, json_t *request)
{
    const struct ask_usage *u = a->usage;
    json_t *reply = NULL;
    int status = u->fill != NULL ? u->fill(a, request) : 0;

    if (status == 0)
        status = ask_open(a);
    if (status == 0 && u->ready != NULL)
        status = u->ready(a, request);
    if (status == 0)
        status = ask(a, json_incref(request), &reply);
    if (status == 0)
        status = u->finish != NULL ? u->finish(a, reply) : ask_print(a, u->show, reply);
    json_decref(reply);
    ask_close(a);
    return status;
}

int ask_command(const struct ask_usage *usage, int argc, char **argv)
{
    struct ask a;
    json_t *request = control_request(usage->name);
    int status = ask_read(&a, usage, argc, argv);

    if (status == 0 && !a.help)
        status = ask_run(&a, request);
    json_decref(request);
    return status;
}
