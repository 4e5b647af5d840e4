/* reply_fuzz.c - the first line is the status code, the rest a reply. */
#include <assert.h>

#include "mail/reply_memo.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size }, dsn = { NULL, 0 }, again;
    struct reply_memo memo = { 0 };
    char out[300], room[REPLY_MEMO_PATTERN];
    size_t n;

    (void)slice_cut(&text, '\n', &dsn);
    assert(reply_classify(dsn, text) < REPLY_CLASSES);
    n = reply_pattern(text, out, sizeof out);
    assert(n <= sizeof out);
    assert(reply_pattern(text, out, n) <= n);
    n = reply_pattern(text, out, sizeof room);
    for (int i = 0; i < 2; i++) {
        again = reply_memo_pattern(&memo, text, room);
        assert(slice_eq(again, (struct slice){ out, n }));
        assert(reply_memo_class(&memo, dsn, text) == reply_classify(dsn, text));
    }
    return 0;
}
