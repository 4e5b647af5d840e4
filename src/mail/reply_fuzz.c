/* reply_fuzz.c - the first line is the status code, the rest a reply. */
#include <assert.h>

#include "mail/reply.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size }, dsn = { NULL, 0 };
    char out[300];
    size_t n;

    (void)slice_cut(&text, '\n', &dsn);
    assert(reply_classify(dsn, text) < REPLY_CLASSES);
    n = reply_pattern(text, out, sizeof out);
    assert(n <= sizeof out);
    assert(reply_pattern(text, out, n) <= n);
    return 0;
}
