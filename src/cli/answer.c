#include "cli/answer.h"

#include <math.h>

#include "proto/stamp.h"
#include "report/words.h"

#include "base/ban.h"

struct slice answer_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return (struct slice){ json_string_value(value), json_string_length(value) };
}

uint64_t answer_number(const json_t *object, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(object, name));

    return n > 0 ? (uint64_t)n : 0;
}

double answer_real(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_number(value) ? json_number_value(value) : 0;
}

bool answer_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

bool answer_has(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return value != NULL && !json_is_null(value);
}

const json_t *answer_part(const json_t *object, const char *name)
{
    const json_t *part = json_object_get(object, name);

    return json_is_array(part) || json_is_object(part) ? part : NULL;
}

struct wall answer_time(const json_t *object, const char *name, int32_t *offset_s)
{
    struct stamp_clock clock = { 0 };
    struct slice text = answer_text(object, name);
    struct wall at = { 0 };

    if (text.n < 19 || stamp_parse(&clock, &text, &at) != STAMP_OK)
        return (struct wall){ 0 };
    if (offset_s != NULL)
        *offset_s = clock.offset_s;
    return at;
}

void answer_time_words(struct buf *out, const json_t *object, const char *name, bool seconds,
                       struct wall near)
{
    int32_t offset_s = 0;
    struct wall at = answer_time(object, name, &offset_s);
    struct civil c = wall_to_civil(at, offset_s);

    if (at.ms == 0) {
        buf_add(out, SLICE("never"));
        return;
    }
    buf_printf(out, "%d %s", c.day, words_month(c.month));
    if (near.ms != 0 && wall_to_civil(near, offset_s).year != c.year) {
        buf_printf(out, " %d", c.year);
        if (!seconds)
            return;
    }
    buf_printf(out, " %02d:%02d", c.hour, c.minute);
    if (seconds)
        buf_printf(out, ":%02d", c.second);
}

void answer_amount_words(struct buf *out, const json_t *amount)
{
    words_count(out, answer_number(amount, "messages"), "message", "messages");
    buf_add(out, SLICE(" to "));
    words_count(out, answer_number(amount, "recipients"), "recipient", "recipients");
}

static double figure(const json_t *object, const char *name)
{
    return json_is_number(json_object_get(object, name)) ? answer_real(object, name) : NAN;
}

void answer_evidence(struct report *r, struct report_fuse *f, const json_t *object)
{
    const json_t *list = answer_part(object, "evidence"), *piece;
    size_t i;

    f->evidence = arena_take(&r->arena, (json_array_size(list) + 1) * sizeof *f->evidence);
    json_array_foreach(list, i, piece)
    {
        f->evidence[f->evidence_n++] =
            (struct report_evidence){ .signal = answer_text(piece, "signal"),
                                      .words = answer_text(piece, "words"),
                                      .observed = figure(piece, "observed"),
                                      .expected = figure(piece, "expected"),
                                      .history = answer_text(piece, "history"),
                                      .weight = answer_real(piece, "weight"),
                                      .at = answer_time(piece, "time", NULL) };
    }
    f->score = answer_real(object, "score");
}
