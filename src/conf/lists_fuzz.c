#include <assert.h>

#include "conf/lists.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lists or errors, never both; a list that is there can be asked, and what it says be read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };
    bool sound = conf_lists_parse(&lists, "t", text, &errors);

    assert(sound == (errors.n == 0));
    assert(sound || lists.n == 0);
    for (uint32_t i = 0; i < lists.n; i++) {
        const struct dnsbl_list *list = &lists.all[i];
        CLEANUP(buf_done) struct buf words = buf_make(1000);
        const uint32_t answer = 0x7f000000u + (uint32_t)size % 256;
        struct dnsbl_subject subject = { .kind = DNSBL_IP6 };
        char name[DNSBL_NAME_MAX];

        assert(list->kinds != 0 && list->kinds < 8 && list->codes_n <= CONF_CODES_MAX);
        assert(list->name[0] != '\0' && list->wait_ms >= 0);
        assert(dnsbl_name(&subject, list->zone, name));
        assert(conf_lists_find(&lists, slice_of(list->zone)) == list);
        (void)dnsbl_judge(list, &answer, 1, &words);
        dnsbl_page(list, &subject, &words);
    }
    return 0;
}
