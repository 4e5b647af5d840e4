/* providers_fuzz.c - a table, and after a line "--" a status code and a reply that it is asked
 * about. */
#include <assert.h>

#include "conf/providers.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct conf_providers *all, struct slice dsn, struct slice text)
{
    struct provider_table table = conf_providers_table(all);
    struct slice host = provider_host_of(text);
    const struct provider *from = provider_of(&table, host, SLICE("example.test"));
    struct provider_refusal r = provider_judge(&table, from, dsn, text, reply_classify(dsn, text));
    char room[PROVIDER_REPLY_MAX];

    assert(provider_site(host).n <= host.n);
    assert(provider_lay(text, room) <= sizeof room);
    assert(r.cause < CAUSES && (r.rule == NULL || r.who != NULL));
    (void)provider_wants(&r);
    (void)provider_page(&r);
}

/* Providers or errors, never both; those that are there can be asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, text = rest, dsn;
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_providers_done) struct conf_providers all = { 0 };
    bool sound;

    if (!slice_cut_at(&rest, SLICE("\n--\n"), &text))
        rest.n = 0;
    sound = conf_providers_parse(&all, "t", text, &errors);
    assert(sound == (errors.n == 0));
    assert(sound || all.n == 0);
    for (uint32_t i = 0; i < all.n; i++) {
        const struct provider *p = &all.all[i];

        assert(p->rules_n <= CONF_RULES_MAX && p->title[0] != '\0');
        assert(p->everywhere || p->hosts[0] != NULL || p->domains[0] != NULL);
        assert(conf_providers_find(&all, slice_of(p->name)) == p);
    }
    if (slice_cut(&rest, '\n', &dsn))
        ask(&all, dsn, rest);
    return 0;
}
