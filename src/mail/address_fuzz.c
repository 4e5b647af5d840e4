/* address_fuzz.c - the parts lie inside the address, a folded address is folded. */
#include <assert.h>

#include "mail/address.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_folded(struct slice folded, const char *out)
{
    assert(folded.p == out || folded.n == 0);
    assert(folded.n <= ADDRESS_MAX);
    for (size_t i = 0; i < folded.n; i++)
        assert(folded.p[i] < 'A' || folded.p[i] > 'Z');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size }, folded;
    struct slice local = address_local(in), domain = address_domain(in);
    char out[ADDRESS_MAX], account[ADDRESS_MAX];

    assert(local.n == size || local.n + 1 + domain.n == size);
    assert(domain.n == 0 || domain.p + domain.n == in.p + size);
    assert(domain.n == 0 || memchr(domain.p, '@', domain.n) == NULL);
    folded = address_fold(in, out);
    assert_folded(folded, out);
    assert_folded(account_fold(in, account), account);
    domain = address_domain(folded);
    assert(domain.n == 0 || local.n == 0 || address_matches(folded, domain));
    return 0;
}
