/* dovecot_data_test.c - lines of Dovecot and of firewalls that other projects test with, and the
 * testbed's logs. They are not part of the tree: without them the test skips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "proto/understand.h"

#include "base/ban.h"

static const struct data_case {
    const char *path;    /* below the folder beside the project's */
    unsigned framed;     /* lines of Dovecot, the kernel, filterlog */
    unsigned unframed;   /* other lines that are neither empty nor a comment */
    unsigned unknown;    /* framed lines of which nothing is understood */
    const char *because; /* why not */
} data_cases[] = {
    { "data/fail2ban/dovecot", 62, 4, 1,
      "4 stamps of multilog (TAI64N); 1 text made to be no line of Dovecot" },
    { "data/crowdsec-hub/dovecot-logs/dovecot-logs.log", 15, 0, 0, NULL },
    { "data/crowdsec-hub/dovecot-slow-bf/dovecot-slow-bf.log", 4, 0, 0, NULL },
    { "data/crowdsec-hub/dovecot-spam/dovecot-spam.log", 12, 0, 0, NULL },
    { "data/crowdsec-hub/iptables-logs/iptables-logs.log", 4, 0, 1, "IN= was changed to XX=" },
    { "data/crowdsec-hub/iptables-scan-multi-port/iptables-scan-multi-port.log", 49, 0, 0, NULL },
    { "data/crowdsec-hub/proxmox-iptables-logs/proxmox-iptables.log", 10, 0, 0, NULL },
    { "data/crowdsec-hub/pf-logs/pf-logs.log", 9, 0, 0, NULL },
    { "data/crowdsec-hub/pf-scan-multi-port/pf-scan-multi-port.log", 16, 0, 0, NULL },
    { "data/modoboa/mail.log", 149, 0, 0, NULL },
    { "testbed/samples/maillog/dovecot.log", 83, 0, 0, NULL },
    { "testbed/samples/maillog/rfc3339.log", 79, 0, 0, NULL },
};

struct counts {
    unsigned framed, unframed, unknown;
};

static FILE *data_open(const char *path)
{
    const char *source = getenv("MAILFUSE_SOURCE");
    char full[4096];

    snprintf(full, sizeof full, "%s/../shared/%s", source != NULL ? source : ".", path);
    return fopen(full, "r");
}

/* The "host" of fail2ban's expectation, in the comment before a line; empty without. */
static struct slice expected_host(struct slice comment)
{
    struct slice before, host;

    if (!slice_cut_at(&comment, SLICE("\"host\": \""), &before) || !slice_cut(&comment, '"', &host))
        return (struct slice){ NULL, 0 };
    return host;
}

static void one_line(struct slice text, struct slice host, struct counts *counts)
{
    struct stamp_clock clock = { 0 };
    struct logline line;
    struct record record;
    struct slice address;

    if (logline_parse(&clock, text, &line) != LOGLINE_OK) {
        counts->unframed++;
        return;
    }
    if (!slice_starts(line.program, SLICE("dovecot")) && !slice_eq(line.program, SLICE("kernel")) &&
        !slice_eq(line.program, SLICE("filterlog")))
        return;
    counts->framed++;
    understand(&line, &record);
    counts->unknown += record.event == RECORD_UNKNOWN;
    address = record_get(&record, FIELD_CLIENT_ADDRESS);
    if (host.n > 0 && address.n > 0 && !slice_eq(address, host))
        fail_msg("%.*s: got address %.*s, want %.*s", SLICE_ARG(text), SLICE_ARG(address),
                 SLICE_ARG(host));
}

static bool run_case(const struct data_case *t)
{
    FILE *f = data_open(t->path);
    struct counts got = { 0 };
    char *line = NULL, host_text[64] = "";
    size_t capacity = 0;
    ssize_t n;

    if (f == NULL) {
        fprintf(stderr, "dovecot_data_test: skipped: no %s beside the project\n", t->path);
        return false;
    }
    while ((n = getline(&line, &capacity, f)) > 0) {
        struct slice text = slice_trim((struct slice){ line, (size_t)n - (line[n - 1] == '\n') });

        if (text.n > 0 && text.p[0] == '#') {
            struct slice host = expected_host(text);

            snprintf(host_text, sizeof host_text, "%.*s", SLICE_ARG(host));
        } else if (text.n > 0) {
            one_line(text, slice_of(host_text), &got);
            host_text[0] = '\0';
        }
    }
    free(line);
    fclose(f);
    if (got.framed != t->framed || got.unframed != t->unframed || got.unknown != t->unknown)
        fail_msg("%s: got %u lines, %u without frame, %u not understood; want %u, %u, %u (%s)",
                 t->path, got.framed, got.unframed, got.unknown, t->framed, t->unframed, t->unknown,
                 t->because != NULL ? t->because : "all");
    return true;
}

static void test_data(void **state)
{
    size_t run = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(data_cases); i++)
        run += run_case(&data_cases[i]);
    if (run == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_data) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
