#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"
#include "proto/understand.h"

#include "base/ban.h"

enum { SHOWN_MAX = 4096 };

/* Fields that have an end of their own: of a cut line they are read whole or not at all. */
static const enum record_field closed[] = {
    FIELD_CLIENT_NAME,  FIELD_CLIENT_ADDRESS,
    FIELD_SASL_METHOD,  FIELD_SENDER,
    FIELD_RECIPIENT,    FIELD_ORIG_RECIPIENT,
    FIELD_RELAY_NAME,   FIELD_RELAY_ADDRESS,
    FIELD_DELAY,        FIELD_DELAYS,
    FIELD_STATUS,       FIELD_SIZE,
    FIELD_NRCPT,        FIELD_UID,
    FIELD_TLS_PROTOCOL, FIELD_TLS_CIPHER,
    FIELD_HELO_NAME,    FIELD_DNSBL_DOMAIN,
};

static void read_text(const struct postfix_case *c, const char *text, size_t n, struct record *r)
{
    struct slice program = slice_of(c->program != NULL ? c->program : "postfix/smtpd"), daemon;

    assert_true(slice_cut_last(&program, '/', &daemon));
    *r = (struct record){ .repeat = 1, .daemon = daemon };
    if (!postfix_parse((struct slice){ text, n }, r))
        assert_int_equal(r->event, RECORD_UNKNOWN);
}

static void show(struct buf *out, const struct record *r)
{
    buf_printf(out, "%s %.*s", record_event_name(r->event),
               SLICE_ARG(r->queue_id.n > 0 ? r->queue_id : SLICE("-")));
    for (enum record_field f = 0; f < RECORD_FIELDS; f++) {
        if (record_has(r, f) && f != FIELD_TEXT)
            buf_printf(out, " %s=%.*s|", record_field_name(f), SLICE_ARG(r->field[f]));
    }
}

/* The text in a block of its own size, so that a sanitizer sees what reads beyond it. */
static char *block(const char *text, size_t n)
{
    char *copy = memory_new(n > 0 ? n : 1, 1);

    memcpy(copy, text, n);
    return copy;
}

static void check_whole(const struct postfix_case *c)
{
    struct buf got = buf_make(SHOWN_MAX);
    char *text = block(c->text, strlen(c->text));
    struct record r;

    read_text(c, text, strlen(c->text), &r);
    show(&got, &r);
    if (!slice_eq(buf_slice(&got), slice_of(c->want)))
        fail_msg("%s:\n got  %.*s\n want %s", c->name, SLICE_ARG(buf_slice(&got)), c->want);
    buf_done(&got);
    free(text);
}

static void check_cut(const struct postfix_case *c, size_t n)
{
    char *whole = block(c->text, strlen(c->text)), *cut = block(c->text, n);
    struct record want, got;

    read_text(c, whole, strlen(c->text), &want);
    read_text(c, cut, n, &got);
    for (size_t i = 0; i < COUNT(closed); i++) {
        struct slice is = record_get(&got, closed[i]);

        if (record_has(&got, closed[i]) && !slice_eq(is, record_get(&want, closed[i])))
            fail_msg("%s, cut to %zu bytes: %s got %.*s, want %.*s or nothing", c->name, n,
                     record_field_name(closed[i]), SLICE_ARG(is),
                     SLICE_ARG(record_get(&want, closed[i])));
    }
    free(whole);
    free(cut);
}

void postfix_check_uncut(const struct postfix_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_whole(&cases[i]);
}

void postfix_check_cases(const struct postfix_case *cases, size_t n)
{
    postfix_check_uncut(cases, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t cut = 0; cut < strlen(cases[i].text); cut++)
            check_cut(&cases[i], cut);
    }
}
