/* feedback_take.c - one report: read, understood, told to the daemon. */
#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "cli/feedback.h"
#include "run/json.h"

#include "base/ban.h"

enum { WORDS_MAX = 8192 };

void feedback_complain(const struct ask *a, const char *where, const char *what)
{
    struct buf line = buf_make(WORDS_MAX);

    escape_terminal(&line, slice_of(where));
    buf_printf(&line, ": %s", what);
    ask_say(a, buf_slice(&line));
    buf_done(&line);
}

static int print_report(const struct ask *a, const char *where, const struct arf *arf)
{
    struct buf text = buf_make(1 << 16);
    json_t *json;
    int status;

    if (a->json) {
        json = feedback_json(arf);
        json_object_set_new(json, "file", json_text(slice_of(where)));
        status = ask_print_json(a, json) == 0 ? 0 : FEEDBACK_AWAY;
        json_decref(json);
        return status;
    }
    escape_terminal(&text, slice_of(where));
    buf_add_char(&text, '\n');
    feedback_text(&text, arf);
    status = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0 ? 0 : FEEDBACK_AWAY;
    buf_done(&text);
    return status;
}

/* The daemon's answer, when it took the report. */
static int show_answer(const struct ask *a, const char *where, const json_t *reply)
{
    struct buf line = buf_make(WORDS_MAX);

    if (a->json)
        return ask_print_json(a, reply) == 0 ? 0 : FEEDBACK_AWAY;
    escape_terminal(&line, slice_of(where));
    buf_add(&line, SLICE(": "));
    escape_terminal(&line, answer_text(reply, "words"));
    buf_add_char(&line, '\n');
    (void)fwrite(line.p, 1, line.n, stdout); /* it is told: nobody needs to read this */
    buf_done(&line);
    return 0;
}

static int tell(struct ask *a, const char *where, const struct arf *arf, struct slice bytes)
{
    struct buf trouble = buf_make(WORDS_MAX);
    json_t *reply = control_ask(&a->control, feedback_request(arf, bytes), &trouble);
    int status = reply != NULL ? FEEDBACK_REFUSED : FEEDBACK_AWAY;

    if (reply != NULL && control_ok(reply, &trouble))
        status = show_answer(a, where, reply);
    else
        ask_say(a, buf_slice(&trouble));
    buf_done(&trouble);
    json_decref(reply);
    return status;
}

int feedback_take(struct ask *a, FILE *from, const char *where)
{
    struct buf bytes = buf_make(FEEDBACK_MAX), why = buf_make(WORDS_MAX);
    struct arena room = { 0 };
    struct arf arf;
    const char *wrong;
    int status = feedback_read(from, &bytes);

    if (status != 0) {
        feedback_complain(a, where, strerror(-status));
        status = FEEDBACK_UNREADABLE;
    } else if ((wrong = arf_parse(buf_slice(&bytes), &room, &arf)) != NULL) {
        buf_printf(&why, "this is no report: %s", wrong);
        buf_add_char(&why, '\0');
        feedback_complain(a, where, why.p);
        status = FEEDBACK_NONE;
    } else {
        status = a->print ? print_report(a, where, &arf) : tell(a, where, &arf, buf_slice(&bytes));
    }
    arena_done(&room);
    buf_done(&why);
    buf_done(&bytes);
    return status;
}

int feedback_take_file(struct ask *a, const char *path)
{
    FILE *file = fopen(path, "re");
    int status;

    if (file == NULL) {
        feedback_complain(a, path, strerror(errno));
        return FEEDBACK_UNREADABLE;
    }
    status = feedback_take(a, file, path);
    fclose(file);
    return status;
}
