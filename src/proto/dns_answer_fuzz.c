/* dns_answer_fuzz.c - a message, and what a list would mean by it. */
#include <assert.h>

#include "mail/dnsbl.h"
#include "proto/dns_answer.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dnsbl_code codes[] = {
        { 0x7f000002, 0x7f000009, 0, DNSBL_MEANS_LISTED, "spam" },
        { 0, 0, 64, DNSBL_MEANS_NOTE, "grey" },
        { 0, 0, 128, DNSBL_MEANS_ERROR, "refused" },
    };
    static const struct dnsbl_list list = { .codes = codes, .codes_n = COUNT(codes) };
    CLEANUP(buf_done) struct buf words = buf_make(500);
    struct dns_answer got;
    enum dnsbl_finding found;

    if (!dns_answer_parse((struct slice){ (const char *)data, size }, &got))
        return 0;
    assert(got.a_n <= DNS_ADDRESSES_MAX && got.text_n <= DNS_TEXT_MAX && got.code < 16);
    found = dnsbl_judge(&list, got.a, got.a_n, &words);
    assert((found == DNSBL_CLEAN) == (got.a_n == 0));
    for (size_t i = 0; found == DNSBL_LISTED && i < got.a_n; i++)
        assert(got.a[i] >> 24u == 127 && got.a[i] >> 8u != 0x7fffff);
    return 0;
}
