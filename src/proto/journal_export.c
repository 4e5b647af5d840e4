#include "proto/journal_export.h"

#include "base/ban.h"

enum { LENGTH_BYTES = 8 };

static bool is_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!(c == '_' || (c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return s.n > 0 && s.n <= EXPORT_NAME_MAX;
}

static uint64_t little_endian(const char *p)
{
    uint64_t value = 0;

    for (size_t i = LENGTH_BYTES; i-- > 0;)
        value = value << 8 | (unsigned char)p[i];
    return value;
}

/* What follows "NAME\n"; `rest` begins after it. */
static enum export_got read_bytes(struct slice rest, struct export_field *out, size_t *used)
{
    uint64_t length;

    if (rest.n < LENGTH_BYTES)
        return EXPORT_MORE;
    length = little_endian(rest.p);
    rest = slice_from(rest, LENGTH_BYTES);
    out->value = (struct slice){ rest.p, length < EXPORT_VALUE_MAX ? length : EXPORT_VALUE_MAX };
    out->skip_line = false;
    if (length > EXPORT_VALUE_MAX) {
        if (rest.n < EXPORT_VALUE_MAX)
            return EXPORT_MORE;
        out->skip = length - EXPORT_VALUE_MAX;
        out->skip += out->skip < UINT64_MAX; /* the newline */
        *used += LENGTH_BYTES + EXPORT_VALUE_MAX;
        return EXPORT_FIELD;
    }
    if (rest.n <= length)
        return EXPORT_MORE;
    if (rest.p[length] != '\n')
        return EXPORT_BAD;
    out->skip = 0;
    *used += LENGTH_BYTES + length + 1;
    return EXPORT_FIELD;
}

enum export_got journal_export_read(struct slice in, struct export_field *out, size_t *used)
{
    struct slice rest = in, line = in;
    bool whole = slice_cut(&rest, '\n', &line);
    struct export_field field = { 0 };
    size_t taken = whole ? line.n + 1 : in.n;
    enum export_got got = EXPORT_FIELD;

    if (whole && line.n == 0) {
        *used = 1;
        return EXPORT_END;
    }
    if (!whole && in.n < EXPORT_FIELD_MAX)
        return EXPORT_MORE;
    field.value = line;
    if (slice_cut(&field.value, '=', &field.name)) {
        field.value = slice_head(field.value, EXPORT_VALUE_MAX);
        field.skip_line = !whole;
    } else {
        field.name = line;
        got = whole && is_name(line) ? read_bytes(rest, &field, &taken) : EXPORT_BAD;
    }
    if (got != EXPORT_FIELD || !is_name(field.name))
        return got == EXPORT_MORE ? EXPORT_MORE : EXPORT_BAD;
    *out = field;
    *used = taken;
    return EXPORT_FIELD;
}
