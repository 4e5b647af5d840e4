/* relay.c - mailfuse relay: switch the emergency relay, and test it. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "conf/conf.h"
#include "report/words.h"
#include "run/json.h"
#include "setup/relay_probe.h"

#include "base/ban.h"

enum { TEST_WORDS_MAX = 500 };

static bool is_word(const struct ask *a, size_t at, const char *word)
{
    return a->words_n > at && strcmp(a->words[at], word) == 0;
}

static int misused(struct ask *a, const char *what)
{
    ask_say(a, slice_of(what));
    return ASK_TROUBLE;
}

/* ---- emergency */

static int fill_emergency(struct ask *a, json_t *request)
{
    bool on = is_word(a, 1, "on");

    if (!on && !is_word(a, 1, "off") && !is_word(a, 1, "status"))
        return misused(a, "write relay emergency on, off or status");
    if (a->only != NULL && (!on || strcmp(a->only, "clean") != 0))
        return misused(a, "write relay emergency on --only clean");
    if (a->force && !on)
        return misused(a, "--force is for relay emergency on");
    ask_put(request, "action", a->words[1]);
    ask_put(request, "only", a->only);
    ask_put(request, "reason", a->reason);
    if (a->force)
        json_object_set_new(request, "force", json_true());
    return 0;
}

static void show_test(struct sheet *s, const json_t *test)
{
    bool good = answer_true(test, "good");

    if (test == NULL || json_object_size(test) == 0) {
        buf_add(&s->page.words, SLICE("never: mailfuse relay test"));
        text_row(&s->page, "tested");
        return;
    }
    sheet_time(s, test, "at", false);
    buf_add(&s->page.words, good ? SLICE(": ") : SLICE(", and it failed: "));
    buf_add(&s->page.words, answer_text(test, "words"));
    text_row(&s->page, "tested");
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    bool on = answer_true(reply, "on");

    (void)a;
    text_ink(&s->page, on || answer_text(reply, "trouble").n > 0 ? INK_CARE : INK_FINE);
    buf_add(&s->page.words, answer_text(reply, "words"));
    buf_add_char(&s->page.words, '.');
    text_paragraph(&s->page, 0);
    text_ink(&s->page, INK_PLAIN);
    if (answer_text(reply, "host").n == 0)
        return;
    sheet_row(s, "relay", reply, "host");
    if (answer_has(reply, "since")) {
        sheet_time(s, reply, "since", false);
        buf_add(&s->page.words, SLICE(" by "));
        buf_add(&s->page.words, answer_text(reply, "by"));
        if (answer_text(reply, "reason").n > 0)
            buf_add(&s->page.words, SLICE(": "));
        buf_add(&s->page.words, answer_text(reply, "reason"));
        text_row(&s->page, on ? "on since" : "off since");
    }
    show_test(s, answer_part(reply, "tested"));
    buf_add(&s->page.words, !answer_true(reply, "automatic")
                                ? SLICE("by hand only")
                                : SLICE("by itself while a grave list has us"));
    if (answer_has(reply, "back")) {
        buf_add(&s->page.words, SLICE("; back "));
        sheet_time(s, reply, "back", false);
    }
    text_row(&s->page, "switched");
    buf_printf(&s->page.words, "%llu", (unsigned long long)answer_number(reply, "listed"));
    text_row(&s->page, "grave lists");
    if (!on || !slice_eq(answer_text(reply, "only"), SLICE("clean")))
        return;
    words_count(&s->page.words, answer_number(reply, "direct"), "address", "addresses");
    buf_add(&s->page.words, SLICE(" of suspicious accounts leave directly, "));
    words_count(&s->page.words, answer_number(reply, "held"), "message", "messages");
    buf_add(&s->page.words, SLICE(" of theirs on hold"));
    text_row(&s->page, "kept apart");
}

static int emergency(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "relay",
        .operands = "emergency on|off|status",
        .help = "Let outgoing mail leave by the emergency relay of the settings, or directly\n"
                "again. What is on its way takes a minute to follow; what is deferred is then\n"
                "tried at once.\n"
                "\n"
                "mailfuse relay test [--to ADDRESS] [--from ADDRESS] [--send] tells whether the\n"
                "relay works.\n",
        .options = ASK_ONLY | ASK_UNTESTED | ASK_REASON,
        .least = 2,
        .most = 2,
        .fill = fill_emergency,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}

/* ---- test */

static int fill_test(struct ask *a, json_t *request)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(buf_done) struct buf words = buf_make(TEST_WORDS_MAX);
    struct conf *conf = conf_read(a->config, &errors);
    struct relay_probe probe = { .from = a->from, .to = a->to, .send = a->send };
    bool good;

    for (uint32_t i = 0; i < errors.n; i++)
        ask_say(a, slice_of(errors.all[i].text.p));
    if (conf == NULL)
        return ASK_TROUBLE;
    probe.daemon = &conf->daemon;
    good = relay_probe(&probe, &words);
    conf_free(conf);
    ask_put(request, "action", "tested");
    json_object_set_new(request, "good", json_boolean(good));
    json_object_set_new(request, "words", json_text(buf_slice(&words)));
    if (!a->json)
        fprintf(good ? stdout : stderr, "%s%.*s.\n",
                good ? "" : "mailfuse relay: ", SLICE_ARG(buf_slice(&words)));
    fflush(stdout);
    return 0;
}

static void show_nothing(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    (void)s;
    (void)reply;
}

static int finish_test(struct ask *a, const json_t *reply)
{
    int status = a->json ? ask_print(a, show_nothing, reply) : 0;

    if (status != 0)
        return status;
    return answer_true(answer_part(reply, "tested"), "good") ? ASK_DONE : ASK_REFUSED;
}

static int test(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "relay",
        .operands = "test",
        .help = "Try whether the emergency relay of the settings would take our mail: its name,\n"
                "its certificate, the login, a sender and a recipient. Needs root, to read the\n"
                "password, and tells the daemon what came of it.\n",
        .options = ASK_TO | ASK_FROM | ASK_SEND,
        .least = 1,
        .most = 1,
        .fill = fill_test,
        .finish = finish_test,
    };

    return ask_command(&usage, argc, argv);
}

int cli_relay(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "test") == 0)
            return test(argc, argv);
    return emergency(argc, argv);
}
