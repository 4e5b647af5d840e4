/* arf_fuzz.c - any bytes, as a report: what is said to be in it is in it, or was decoded from it.
 */
#include <assert.h>
#include <limits.h>

#include "base/test_copy.h"
#include "proto/arf.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads each byte, so that a sanitizer sees one that is not there. */
static void touch(struct slice text, size_t size)
{
    uint32_t changed = 0;

    assert(text.n <= size);
    for (size_t i = 0; i < text.n; i++)
        changed |= (unsigned char)text.p[i];
    assert(changed <= UCHAR_MAX);
}

static void touch_report(const struct arf *a, size_t size)
{
    const struct slice all[] = { a->type_text, a->agent,  a->source,   a->arrival,   a->mail_from,
                                 a->domain,    a->result, a->reporter, a->message_id };

    for (size_t i = 0; i < COUNT(all); i++)
        touch(all[i], size);
    for (uint32_t i = 0; i < a->recipients_n; i++)
        touch(a->recipients[i], size);
    for (uint32_t i = 0; i < a->hops_n; i++) {
        touch(a->hops[i].by, size);
        touch(a->hops[i].id, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = test_copy((struct slice){ (const char *)data, size });
    struct arena room = { 0 };
    struct arf a;
    const char *wrong = arf_parse(in, &room, &a);

    touch_report(&a, size);
    assert(a.recipients_n <= ARF_RECIPIENTS && a.recipients_n <= a.recipients_all);
    assert(a.hops_n <= ARF_HOPS && a.incidents > 0 && arf_type_name(a.type) != NULL);
    assert(wrong != NULL || a.hotmail || a.type_text.n > 0);
    arena_done(&room);
    test_copy_free(in);
    return 0;
}
