#include "watch/journal_text.h"

#include <jansson.h>

#include "base/buf.h"
#include "proto/journal_export.h"

#include "base/ban.h"

enum journal_text_got journal_text_export(struct lines *lines, struct journal_entry *e,
                                          struct slice *raw)
{
    bool begun = false;

    journal_entry_clear(e);
    for (;;) {
        struct export_field field;
        size_t used;

        switch (journal_export_read(lines_rest(lines), &field, &used)) {
        case EXPORT_FIELD:
            journal_entry_set(e, field.name, field.value);
            begun = true;
            lines->at += used;
            lines_skip(lines, field.skip);
            if (field.skip_line)
                lines_skip_line(lines);
            break;
        case EXPORT_END:
            lines->at += used;
            if (begun)
                return JOURNAL_TEXT_ENTRY;
            break;
        case EXPORT_MORE:
            if (lines->ended) {
                lines->at = lines->end;
                return begun ? JOURNAL_TEXT_ENTRY : JOURNAL_TEXT_END;
            }
            lines_fill(lines);
            break;
        case EXPORT_BAD:
            return lines_next(lines, raw) ? JOURNAL_TEXT_BAD : JOURNAL_TEXT_END;
        }
    }
}

static void set_value(struct journal_entry *e, struct slice name, const json_t *value);

/* An array of numbers is one value, byte by byte; any other array is several values. */
static void set_array(struct journal_entry *e, struct slice name, const json_t *array)
{
    CLEANUP(buf_done) struct buf bytes = buf_make(JOURNAL_MESSAGE_MAX);

    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);

        if (json_is_integer(item))
            buf_add_char(&bytes, (char)json_integer_value(item));
        else if (!json_is_array(item) || json_is_integer(json_array_get(item, 0)))
            set_value(e, name, item);
    }
    if (bytes.n > 0)
        journal_entry_set(e, name, buf_slice(&bytes));
}

static void set_value(struct journal_entry *e, struct slice name, const json_t *value)
{
    if (json_is_string(value))
        journal_entry_set(e, name,
                          (struct slice){ json_string_value(value), json_string_length(value) });
    else if (json_is_array(value))
        set_array(e, name, value);
}

bool journal_text_json(struct slice line, struct journal_entry *e)
{
    json_t *object = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);
    bool is_object = json_is_object(object);

    journal_entry_clear(e);
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i))
        set_value(e, slice_of(json_object_iter_key(i)), json_object_iter_value(i));
    json_decref(object);
    return is_object;
}
