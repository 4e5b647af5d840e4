/* Any bytes, as journalctl -o export. */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "proto/journal_entry.h"
#include "proto/journal_export.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice in, const struct export_field *field, size_t used)
{
    assert(used > 0 && used <= in.n);
    assert(field->name.p == in.p && field->name.n > 0 && field->name.n <= EXPORT_NAME_MAX);
    assert(field->value.p >= in.p && field->value.n <= EXPORT_VALUE_MAX);
    assert(field->value.p + field->value.n <= in.p + used);
    assert(!field->skip_line || used == in.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size };
    struct journal_entry *entry = memory_new(1, sizeof *entry);
    struct export_field field;
    struct logline line;
    enum export_got got;
    size_t used;

    while ((got = journal_export_read(rest, &field, &used)) <= EXPORT_END) {
        if (got == EXPORT_FIELD) {
            check(rest, &field, used);
            journal_entry_set(entry, field.name, field.value);
        } else {
            if (journal_entry_line(entry, &line) == LOGLINE_OK)
                assert(line.at.ms > 0 && line.program.n > 0 && line.text.p == entry->message);
            journal_entry_clear(entry);
        }
        rest = slice_from(rest, used);
    }
    assert(got == EXPORT_BAD || rest.n < EXPORT_FIELD_MAX);
    free(entry);
    return 0;
}
