/* Every text of a report is taken from the input, line by line; the writers keep what they promise:
 * nothing but printable text reaches a terminal, in lines that are not too wide; JSON is ASCII; no
 * text becomes an element of the page. */
#include <assert.h>

#include "base/escape.h"
#include "report/fixture.h"
#include "report/html.h"
#include "report/json.h"
#include "report/pseudonym.h"
#include "report/text.h"
#include "report/texts.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line of the input; from its front again after its end. */
static void take_line(void *context, enum text_kind kind, struct slice *text)
{
    struct slice *input = context, line;

    (void)kind;
    if (!slice_cut(&input[1], '\n', &line)) {
        line = input[1];
        input[1] = input[0];
    }
    *text = line;
}

static void check_text(const struct report *r)
{
    const struct text_options o = { .accounts = true };
    struct buf out = buf_make(TEXT_LIMIT), shown = buf_make(TEXT_LIMIT);
    struct slice rest, line;
    bool command = false;

    text_report(r, &o, &out);
    text_explain(r, &o, &out);
    rest = buf_slice(&out);
    while (slice_cut(&rest, '\n', &line)) {
        buf_clear(&shown);
        escape_terminal(&shown, line);
        assert(slice_eq(buf_slice(&shown), line));
        command = command || (slice_skip(&line, SLICE("      ")) && !slice_skip(&line, SLICE(" ")));
        assert(command || escape_columns(buf_slice(&shown)) <= 80);
        command = command && slice_ends(line, SLICE("\\"));
    }
    buf_done(&out);
    buf_done(&shown);
}

static void check_json(const struct report *r)
{
    struct buf out = buf_make(JSON_LIMIT);
    bool written = json_report(r, &out);

    assert(written);
    for (size_t i = 0; i < out.n; i++)
        assert(out.p[i] == '\n' || (out.p[i] >= ' ' && out.p[i] <= '~'));
    buf_done(&out);
}

/* What follows a '<': the name of an element that the page is made of. */
static bool is_ours(struct slice rest)
{
    static const char names[] =
        " !DOCTYPE a article b bdi body br caption code dd desc details div dl "
        "dt footer g h1 h2 h3 head header html li line link main meta ol p pre "
        "rect section small span style summary svg table tbody td text th thead "
        "time title tr tspan ul ";
    struct slice known = { names, sizeof names - 1 }, name;
    size_t n = 0;

    slice_skip(&rest, SLICE("/"));
    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '>' && rest.p[n] != '/')
        n++;
    while (slice_cut(&known, ' ', &name))
        if (n > 0 && slice_eq(name, slice_head(rest, n)))
            return true;
    return false;
}

static void check_html(const struct report *r)
{
    const struct html_options o = { .version = "0" };
    struct buf out = buf_make(HTML_PAGE_MAX);
    struct slice rest, text;

    html_write(r, &o, &out);
    assert(!out.full);
    for (size_t i = 0; i < out.n; i++)
        assert((unsigned char)out.p[i] >= ' ' || out.p[i] == '\n');
    rest = buf_slice(&out);
    while (slice_cut(&rest, '<', &text))
        assert(is_ours(rest));
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input[] = { { (const char *)data, size }, { (const char *)data, size } };
    struct report r;
    bool done;

    fixture_company(&r);
    r.fuses[3].queue_ids_n = r.fuses[3].queues[0].n = 12;
    texts_visit(&r, &(struct text_visitor){ take_line, NULL, input });
    check_text(&r);
    check_json(&r);
    check_html(&r);
    done = pseudonym_report(&r, SLICE("0123456789abcdef"));
    assert(done);
    check_text(&r);
    report_done(&r);
    return 0;
}
