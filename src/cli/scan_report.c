/* scan_report.c - fills the report of a scan, and writes what was asked for. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/scan.h"
#include "report/build.h"
#include "report/html.h"
#include "report/json.h"
#include "report/pseudonym.h"
#include "report/text.h"

#include "base/ban.h"

enum { KEY_MAX = 4096 }; /* bytes of a key file that count */

/* A build_place: what the geo databases know. */
static void place(void *ctx, const struct ip *ip, char country[3], uint32_t *asn,
                  struct slice *network)
{
    struct scan *s = ctx;
    struct geo_answer answer;
    struct buf name = buf_make(200);

    if (!geo_find(s->engine->geo, ip, &answer))
        return;
    memcpy(country, answer.country, sizeof answer.country);
    *asn = answer.asn;
    if (answer.asn != 0) {
        buf_printf(&name, "AS%u ", answer.asn);
        buf_add(&name, slice_head(answer.organisation, 120));
        *network = arena_copy(&s->report.arena, slice_trim(buf_slice(&name)));
    }
    buf_done(&name);
}

static void fill_lines(struct scan *s)
{
    const struct logs_stats *stats = logs_stats(s->logs);

    s->report.lines = (struct report_lines){ .all = stats->lines,
                                             .understood = s->understood,
                                             .foreign = s->foreign,
                                             .unparsed = s->unparsed_n,
                                             .blank = stats->blank,
                                             .bytes = stats->bytes,
                                             .files = stats->files,
                                             .cut = stats->cut,
                                             .backwards = stats->backwards,
                                             .forgotten = s->report.lines.forgotten };
}

static void fill_unparsed(struct scan *s)
{
    struct report *r = &s->report;
    size_t n = top_sort(&s->unparsed);

    r->unparsed = arena_take(&r->arena, (n + 1) * sizeof *r->unparsed);
    for (size_t i = 0; i < n; i++)
        r->unparsed[r->unparsed_n++] =
            (struct report_count){ arena_copy(&r->arena, top_text(&s->unparsed.slots[i])),
                                   s->unparsed.slots[i].count };
}

static void warn(struct report *r, struct slice what, uint64_t n)
{
    if (n > 0)
        r->warnings[r->warnings_n++] = (struct report_count){ arena_copy(&r->arena, what), n };
}

static void fill_warnings(struct scan *s)
{
    const struct logs_stats *stats = logs_stats(s->logs);
    struct report *r = &s->report;
    const char *text;
    uint64_t more = 0;

    r->warnings = arena_take(&r->arena, 40 * sizeof *r->warnings);
    for (size_t i = 0; i < 20 && (text = logs_warning(s->logs, i, &more)) != NULL; i++)
        warn(r, slice_of(text), 1);
    warn(r, SLICE("further warnings"), more);
    warn(r, SLICE("lines longer than 64 KiB, the rest of which was skipped"), stats->cut);
    warn(r, SLICE("lines with NUL bytes"), stats->nul);
    warn(r, SLICE("time stamps that ran backwards by more than five minutes"), stats->backwards);
    warn(r, SLICE("time stamps later than the date of the file"), stats->future);
    warn(r, SLICE("ledger entries that were forgotten early, to bound the memory"),
         r->lines.forgotten);
    if (s->engine->geo != NULL && geo_trouble(s->engine->geo) != NULL)
        warn(r, slice_of(geo_trouble(s->engine->geo)), 1);
}

void scan_report(struct scan *s)
{
    const struct scan_options *o = s->options;
    struct report *r = &s->report;
    struct build build = { .detect = s->detect,
                           .rehearsal = s->rehearsal,
                           .ledger = s->ledger,
                           .tally = &s->tally,
                           .place = s->engine->geo != NULL ? place : NULL,
                           .place_ctx = s,
                           .top = (size_t)o->top,
                           .only = o->only,
                           .part = o->client != NULL ? &s->of_client : NULL,
                           .clients = o->client != NULL ? &o->client_prefix : NULL };

    r->start = s->first;
    r->end = s->last;
    r->floating = !logs_offset(s->logs, &r->offset_s) && o->input.tz == NULL;
    r->log_host = o->log_host;
    r->some_time = o->input.since != NULL || o->input.until != NULL;
    r->asked_kind = o->only.kind;
    r->asked = o->only.name;
    r->asked_client = slice_of(o->client != NULL ? o->client : "");
    r->asked_to = o->wanted;
    r->explained = o->explained.name;
    report_build(r, &build);
    fill_lines(s);
    fill_unparsed(s);
    fill_warnings(s);
    scan_source(s);
}

static int write_file(const char *path, const struct buf *bytes)
{
    FILE *f = fopen(path, "we");
    bool ok = f != NULL && fwrite(bytes->p, 1, bytes->n, f) == bytes->n;

    if (f != NULL && fclose(f) != 0)
        ok = false;
    if (!ok)
        fprintf(stderr, "mailfuse scan: %s: %s\n", path, strerror(errno));
    return ok ? 0 : 2;
}

static int write_html(const struct scan *s)
{
    struct html_options options = { .version = MAILFUSE_VERSION };
    struct buf page = buf_make(HTML_PAGE_MAX);
    int status;

    html_write(&s->report, &options, &page);
    status = write_file(s->options->html, &page);
    buf_done(&page);
    return status;
}

/* Names replaced by keyed hashes. */
static int pseudonymize(struct scan *s)
{
    const char *path = s->options->pseudonymize;
    unsigned char key[KEY_MAX];
    FILE *f = fopen(path, "re");
    size_t n;

    if (f == NULL) {
        fprintf(stderr, "mailfuse scan: %s: %s\n", path, strerror(errno));
        return 2;
    }
    n = fread(key, 1, sizeof key, f);
    fclose(f);
    if (!pseudonym_report(&s->report, (struct slice){ (const char *)key, n })) {
        fprintf(stderr,
                "mailfuse scan: %s: a key has at least %d bytes; make one with"
                " 'head -c 32 /dev/urandom > %s'\n",
                path, PSEUDONYM_KEY_MIN, path);
        return 2;
    }
    return 0;
}

static unsigned terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col < 80
               ? size.ws_col
               : 80;
}

static void write_report(const struct scan *s, struct buf *out)
{
    const struct scan_options *o = s->options;
    bool terminal = isatty(STDOUT_FILENO) == 1;
    struct text_options text = { .colour = terminal && getenv("NO_COLOR") == NULL,
                                 .columns = terminal ? terminal_columns() : 80,
                                 .top = (unsigned)o->top,
                                 .quiet = o->quiet,
                                 .answer = o->to != NULL,
                                 .accounts = o->only.name.n > 0 || o->client != NULL };

    if (o->backtest)
        backtest_write(&s->backtest, &s->report, out);
    else if (o->queue_ids)
        text_queue_ids(&s->report, out);
    else if (o->json)
        out->full = !json_report(&s->report, out);
    else if (o->explain != NULL)
        text_explain(&s->report, &text, out);
    else if (!o->quiet || s->report.fuses_n > 0)
        text_report(&s->report, &text, out);
}

/* The host of another queue than the first one's; NULL when all queue ids are of one. */
static const struct report_queue *second_queue(const struct report *r)
{
    const struct report_queue *first = NULL;

    for (size_t i = 0; i < r->fuses_n; i++) {
        const struct report_fuse *f = &r->fuses[i];

        for (size_t k = 0; k < f->queues_n; k++) {
            if (first == NULL)
                first = &f->queues[k];
            if (!slice_eq(f->queues[k].host, first->host))
                return &f->queues[k];
        }
    }
    return NULL;
}

/* postsuper(1) would take the id of another host for a message of its own. */
static int check_queues(const struct scan *s)
{
    const struct report_queue *second = second_queue(&s->report);
    struct buf host = buf_make(1000);

    if (second == NULL)
        return 0;
    escape_terminal(&host, slice_head_utf8(second->host, 200));
    fprintf(stderr,
            "mailfuse scan: the mail is in the queues of several hosts; ask for that of one, such"
            " as --host %.*s\n",
            SLICE_ARG(buf_slice(&host)));
    buf_done(&host);
    return 2;
}

int scan_output(struct scan *s)
{
    struct buf out = buf_make(s->options->json ? (size_t)JSON_LIMIT : (size_t)TEXT_LIMIT);
    int status = 0;

    if (s->options->pseudonymize != NULL)
        status = pseudonymize(s);
    if (status == 0 && s->options->queue_ids)
        status = check_queues(s);
    if (status == 0 && s->options->html != NULL)
        status = write_html(s);
    if (status == 0)
        write_report(s, &out);
    if (status == 0 && out.full) {
        fputs("mailfuse scan: the report is too large; ask for less (--top)\n", stderr);
        status = 2;
    }
    if (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0) {
        perror("mailfuse scan: standard output");
        status = 2;
    }
    buf_done(&out);
    if (s->unparsed_file != NULL && (ferror(s->unparsed_file) || fflush(s->unparsed_file) != 0)) {
        fprintf(stderr, "mailfuse scan: %s: cannot be written\n", s->options->unparsed);
        status = 2;
    }
    return status;
}
