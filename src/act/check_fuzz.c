/* check_fuzz.c - what the helper accepts is harmless where it goes: an argument of a program, a
 * line of a file, a path. */
#include <assert.h>

#include "act/check.h"
#include "base/test_copy.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has(struct slice s, const char *bytes)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\0' || strchr(bytes, s.p[i]) != NULL)
            return true;
    return false;
}

static void check_names(struct slice s)
{
    if (check_user(s) == NULL) {
        assert(s.n > 0 && s.n <= CHECK_ACCOUNT_MAX);
        assert(s.p[0] != '-' && !has(s, " \t\r\n"));
    }
    if (check_kick(s) == NULL)
        assert(check_user(s) == NULL && !has(s, "*?/"));
    if (check_lock_account(s) == NULL)
        assert(check_user(s) == NULL && !has(s, ":") && s.p[0] != '#');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const logs[] = { "/var/log/mail.log", NULL };
    struct slice s = test_copy((struct slice){ (const char *)data, size });

    check_names(s);
    if (check_lock_reply(s) == NULL)
        assert(s.n >= 3 && s.n <= CHECK_REPLY_MAX && !has(s, "\t\r\n"));
    if (check_ids(s) == NULL)
        assert(s.p[s.n - 1] == '\n' && s.p[0] != '-' && !has(s, " \t\r/."));
    if (check_log(s, logs) == NULL)
        assert(slice_starts(s, slice_of(logs[0])) && !has(slice_from(s, 9), "/"));
    test_copy_free(s);
    return 0;
}
