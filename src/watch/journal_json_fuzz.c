/* Any bytes, as a line of journalctl -o json. */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "watch/journal_text.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_entry *entry = memory_new(1, sizeof *entry);
    struct logline line;

    if (journal_text_json((struct slice){ (const char *)data, size }, entry)) {
        assert(entry->message_n <= JOURNAL_MESSAGE_MAX && entry->host.n <= JOURNAL_NAME_MAX);
        if (journal_entry_line(entry, &line) == LOGLINE_OK)
            assert(line.at.ms > 0 && line.program.n > 0);
    }
    free(entry);
    return 0;
}
