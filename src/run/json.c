#include "run/json.h"

#include "base/escape.h"

#include "base/ban.h"

enum { TEXT_MAX = 64 * 1024 };

json_t *json_text(struct slice s)
{
    struct buf clean = buf_make(TEXT_MAX);
    json_t *out;

    escape_utf8(&clean, slice_head(s, TEXT_MAX / 4));
    out = json_stringn(clean.n > 0 ? clean.p : "", clean.n);
    buf_done(&clean);
    return out;
}

json_t *json_stamp(struct wall at, int32_t utc_offset_s)
{
    char text[WALL_TEXT_MAX], full[WALL_TEXT_MAX + 8];
    int milli = (int)(at.ms % SECOND_MS);

    if (at.ms <= 0)
        return json_null();
    (void)wall_rfc3339(at, utc_offset_s, false, text);
    if (milli == 0)
        return json_string(text);
    /* "2026-11-22T03:04:05" and the rest */
    snprintf(full, sizeof full, "%.19s.%03d%s", text, milli, text + 19);
    return json_string(full);
}

int64_t json_get_int(const json_t *from, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(from, name));
}

double json_get_double(const json_t *from, const char *name)
{
    return json_number_value(json_object_get(from, name));
}

bool json_get_bool(const json_t *from, const char *name)
{
    return json_is_true(json_object_get(from, name));
}

struct slice json_get_text(const json_t *from, const char *name)
{
    const json_t *text = json_object_get(from, name);

    if (!json_is_string(text))
        return (struct slice){ "", 0 };
    return (struct slice){ json_string_value(text), json_string_length(text) };
}
