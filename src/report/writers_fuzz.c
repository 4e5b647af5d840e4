/* Every text of a report is taken from the input, line by line; the writers keep what they promise:
 * nothing but printable text reaches a terminal, in lines that are not too wide; JSON is ASCII. */
#include <assert.h>

#include "base/escape.h"
#include "report/fixture.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input[] = { { (const char *)data, size }, { (const char *)data, size } };
    struct report r;
    bool done;

    fixture_company(&r);
    r.fuses[3].queue_ids_n = 12;
    texts_visit(&r, &(struct text_visitor){ take_line, NULL, input });
    check_text(&r);
    check_json(&r);
    done = pseudonym_report(&r, SLICE("0123456789abcdef"));
    assert(done);
    check_text(&r);
    report_done(&r);
    return 0;
}
