/* top.c - `mailfuse top`: who sends now, with keys to stop him. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/show.h"
#include "cli/top_screen.h"
#include "cli/top_table.h"

#include "base/ban.h"

enum {
    REFRESH_MS = 1000,
    QUICK_MS = 3000,
    CHANGE_MS = 15000,
    SCREEN_MAX = 4 * 1024 * 1024,
    MESSAGE_MAX = 2048,
    NAME_MAX_OF_ROW = 512
};

static const char *const sorts[] = { "score",    "messages", "recipients",
                                     "failures", "held",     "account" };

enum mode {
    MODE_TABLE,
    MODE_QUESTION, /* `command` waits for a yes */
    MODE_TEXT,     /* the evidence about one */
};

struct top_live {
    struct ask *a;
    struct screen screen;
    json_t *reply; /* the last one that came; may be NULL */
    struct buf message, text, out;
    enum mode mode;
    const char *command;        /* of the question */
    char name[NAME_MAX_OF_ROW]; /* of the chosen row, which may move */
    size_t chosen, first, scroll, sort;
    bool colour, offline;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

/* Ask the daemon, connecting when that is needed. NULL, with a message, without an answer or when
 * it refuses. */
static json_t *ask_live(struct top_live *t, json_t *request, int wait_ms)
{
    struct buf trouble = buf_make(MESSAGE_MAX);
    struct control *c = &t->a->control;
    json_t *reply = NULL;
    struct slice line, text;

    if (c->fd >= 0 || control_open(c, t->a->path, &trouble)) {
        c->wait_ms = wait_ms;
        reply = control_ask(c, json_incref(request), &trouble);
    }
    json_decref(request);
    if (reply == NULL)
        control_close(c);
    if (reply != NULL && !control_ok(reply, &trouble)) {
        json_decref(reply);
        reply = NULL;
    }
    text = buf_slice(&trouble);
    if (slice_cut(&text, '\n', &line))
        text = line;
    if (reply == NULL) {
        buf_clear(&t->message);
        buf_add(&t->message, text);
    }
    buf_done(&trouble);
    return reply;
}

static const json_t *rows_of(const struct top_live *t)
{
    return answer_part(t->reply, "rows");
}

static void choose(struct top_live *t, size_t row)
{
    size_t n = json_array_size(rows_of(t)), lines;
    struct slice name;

    t->chosen = n > 0 && row >= n ? n - 1 : n > 0 ? row : 0;
    name = answer_text(json_array_get(rows_of(t), t->chosen), "account");
    snprintf(t->name, sizeof t->name, "%.*s", SLICE_ARG(name));
    lines = t->screen.rows > TOP_HEAD + 2 ? t->screen.rows - TOP_HEAD - 2 : 1;
    if (t->chosen < t->first)
        t->first = t->chosen;
    if (t->chosen >= t->first + lines)
        t->first = t->chosen - lines + 1;
}

/* Whoever was chosen stays so, wherever he is now. */
static void follow(struct top_live *t)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows_of(t), i, row)
    {
        if (t->name[0] != '\0' && slice_eq(answer_text(row, "account"), slice_of(t->name))) {
            choose(t, i);
            return;
        }
    }
    choose(t, t->chosen);
}

static json_t *request_top(const struct ask *a, const char *sort)
{
    json_t *request = control_request("top");

    ask_put(request, "sort", sort);
    ask_put_number(request, "limit", a->limit);
    return request;
}

static void refresh(struct top_live *t)
{
    json_t *reply = ask_live(t, request_top(t->a, sorts[t->sort]), QUICK_MS);

    if (reply == NULL) {
        t->offline = true;
        return;
    }
    if (t->offline)
        buf_clear(&t->message);
    t->offline = false;
    json_decref(t->reply);
    t->reply = reply;
    if (t->mode == MODE_TABLE) /* a question stays with the row it is about */
        follow(t);
}

static void draw(struct top_live *t)
{
    struct buf keys = buf_make(200);
    struct top_view view = { .reply = t->reply,
                             .sort = sorts[t->sort],
                             .first = t->first,
                             .chosen = t->chosen,
                             .columns = t->screen.columns,
                             .rows = t->screen.rows,
                             .message = buf_slice(&t->message),
                             .colour = t->colour };

    if (t->mode == MODE_TEXT)
        buf_add(&keys, SLICE(" up/down scroll   any other key: back"));
    else if (t->mode == MODE_QUESTION)
        buf_add(&keys, SLICE(" y yes   any other key: no"));
    else
        buf_printf(&keys,
                   " up/down choose  h hold  l lock  u unlock  e explain  s sort: %s  q quit",
                   sorts[t->sort]);
    view.keys = buf_slice(&keys);
    buf_clear(&t->out);
    if (t->mode == MODE_TEXT)
        top_text(&t->out, buf_slice(&t->text), t->scroll, &view);
    else
        top_screenful(&t->out, &view);
    screen_write(buf_slice(&t->out));
    buf_done(&keys);
}

static void question(struct top_live *t, const char *command, const char *what)
{
    if (json_array_size(rows_of(t)) == 0)
        return;
    t->mode = MODE_QUESTION;
    t->command = command;
    buf_clear(&t->message);
    buf_printf(&t->message, "%s %s?", what, t->name);
}

static void change(struct top_live *t)
{
    json_t *request = control_request(t->command), *reply;

    ask_put(request, "account", t->name);
    ask_put(request, "reason", "mailfuse top");
    buf_clear(&t->message);
    buf_printf(&t->message, "%s %s ...", t->command, t->name);
    t->mode = MODE_TABLE;
    draw(t);
    reply = ask_live(t, request, CHANGE_MS);
    if (reply != NULL) {
        buf_clear(&t->message);
        buf_add(&t->message, answer_text(reply, "words"));
    }
    json_decref(reply);
}

static void explain(struct top_live *t)
{
    json_t *request = control_request("explain"), *reply;
    struct sheet s;

    ask_put(request, "account", t->name);
    reply = ask_live(t, request, QUICK_MS);
    if (reply == NULL)
        return;
    sheet_open(&s, reply);
    s.options.colour = t->colour;
    show_evidence(&s, reply);
    buf_clear(&t->text);
    buf_add(&t->text, buf_slice(&s.out));
    text_page_done(&s.page);
    report_done(&s.report);
    buf_done(&s.out);
    json_decref(reply);
    t->mode = MODE_TEXT;
    t->scroll = 0;
}

/* False to end. */
static bool key_of_table(struct top_live *t, int key)
{
    size_t page = t->screen.rows > TOP_HEAD + 2 ? t->screen.rows - TOP_HEAD - 2 : 1;

    if (key == SCREEN_UP || key == 'k')
        choose(t, t->chosen > 0 ? t->chosen - 1 : 0);
    else if (key == SCREEN_DOWN || key == 'j')
        choose(t, t->chosen + 1);
    else if (key == SCREEN_PAGE_UP)
        choose(t, t->chosen > page ? t->chosen - page : 0);
    else if (key == SCREEN_PAGE_DOWN)
        choose(t, t->chosen + page);
    else if (key == SCREEN_HOME)
        choose(t, 0);
    else if (key == SCREEN_END)
        choose(t, SIZE_MAX);
    else if (key == 'h')
        question(t, "hold", "Hold the mail of");
    else if (key == 'l')
        question(t, "lock", "Lock, and end the sessions of");
    else if (key == 'u')
        question(t, "unlock", "Unlock, once the password has changed,");
    else if (key == 'e' && json_array_size(rows_of(t)) > 0)
        explain(t);
    else if (key == 's')
        t->sort = (t->sort + 1) % COUNT(sorts);
    return key != 'q' && key != 27;
}

static void key_of_text(struct top_live *t, int key)
{
    if (key == SCREEN_UP)
        t->scroll -= t->scroll > 0;
    else if (key == SCREEN_DOWN)
        t->scroll++;
    else if (key != SCREEN_RESIZE)
        t->mode = MODE_TABLE;
}

static bool key_pressed(struct top_live *t, int key)
{
    if (key == SCREEN_QUIT)
        return false;
    if (key == SCREEN_RESIZE && t->mode == MODE_TABLE)
        choose(t, t->chosen);
    if (t->mode == MODE_TEXT) {
        key_of_text(t, key);
    } else if (t->mode == MODE_TABLE) {
        buf_clear(&t->message);
        return key_of_table(t, key);
    } else if (key == 'y' || key == 'Y') {
        change(t);
    } else if (key != SCREEN_RESIZE) {
        buf_clear(&t->message);
        t->mode = MODE_TABLE;
    }
    return true;
}

static void live(struct top_live *t)
{
    int64_t next = 0;
    bool on = true;

    while (on) {
        int64_t now = now_ms();
        size_t sort = t->sort;
        int key;

        if (now >= next) {
            refresh(t);
            next = now + REFRESH_MS;
        }
        draw(t);
        key = screen_key(&t->screen, (int)(next > now ? next - now : 0));
        on = key == SCREEN_NOTHING || key_pressed(t, key);
        if (sort != t->sort)
            next = 0;
    }
}

/* Until it is quit. A signal that ended it ends the program, too, once the terminal is as before.
 */
static int run_live(struct ask *a)
{
    struct top_live t = { .a = a,
                          .message = buf_make(MESSAGE_MAX),
                          .text = buf_make(SCREEN_MAX),
                          .out = buf_make(SCREEN_MAX),
                          .colour = getenv("NO_COLOR") == NULL };
    int error = screen_open(&t.screen), ended_by;

    for (size_t i = 0; a->sort != NULL && i < COUNT(sorts); i++)
        t.sort = strcmp(sorts[i], a->sort) == 0 ? i : t.sort;
    if (error == 0) {
        live(&t);
        screen_close(&t.screen);
    }
    ended_by = t.screen.signal;
    json_decref(t.reply);
    buf_done(&t.message);
    buf_done(&t.text);
    buf_done(&t.out);
    ask_close(a);
    if (ended_by != 0)
        raise(ended_by);
    return error == 0 ? ASK_DONE : ASK_TROUBLE;
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    top_table(s, reply, a->sort != NULL ? a->sort : sorts[0]);
}

static int fill(struct ask *a, json_t *request)
{
    ask_put(request, "sort", a->sort);
    ask_put_number(request, "limit", a->limit);
    return 0;
}

int cli_top(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "top",
        .operands = "",
        .help = "Who sends now, every second: accounts with their messages, recipients and failed\n"
                "logins of the last hour. Keys hold, lock, unlock and explain. Prints the table\n"
                "once where there is no terminal.\n",
        .options = ASK_ONCE | ASK_SORT | ASK_LIMIT,
        .fill = fill,
        .show = show,
    };
    bool terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
    struct ask a;
    json_t *request;
    int status = ask_read(&a, &usage, argc, argv);

    if (status != 0 || a.help)
        return status;
    if (terminal && !a.once && !a.json) {
        status = ask_open(&a); /* says what is wrong before the screen is taken */
        return status == 0 ? run_live(&a) : status;
    }
    request = control_request("top");
    status = ask_run(&a, request);
    json_decref(request);
    return status;
}
