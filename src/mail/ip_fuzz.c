/* ip_fuzz.c - what is read as an address is written in a form that is read as the same address. */
#include <assert.h>

#include "mail/ip.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };
    struct ip ip, again;
    struct ip_prefix prefix;
    char text[IP_TEXT_MAX];

    if (ip_parse(in, &ip)) {
        ip_text(&ip, text);
        assert(strlen(text) < IP_TEXT_MAX);
        assert(ip_none(&ip) ? text[0] == '\0'
                            : ip_parse(slice_of(text), &again) && ip_eq(&ip, &again));
        assert(!ip_is_loopback(&ip) || ip_is_private(&ip));
    }
    if (ip_prefix_parse(in, &prefix)) {
        assert(prefix.bits <= 128);
        assert(ip_in(&prefix.net, &prefix));
    }
    return 0;
}
