/* template_fuzz.c - a file of texts and what is filled in, both from strangers. */
#include <assert.h>

#include "tell/letter.h"
#include "tell/owners.h"
#include "tell/template.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(buf_done) struct buf line = buf_make(1 << 20);
    CLEANUP(buf_done) struct buf body = buf_make(1 << 20);
    CLEANUP(buf_done) struct buf message = buf_make(1 << 22);
    struct templates *t = templates_new();
    bool good = templates_add(t, "x", SLICE("xx"), text, &errors);
    struct template_text found = templates_find(t, SLICE("xx"), ALERT_TEST, false);
    struct template_fields fields = { .n = 0 };
    struct letter_head head = { .from = SLICE("a@b.test"), .to = SLICE("c@d.test"), .id = text };

    assert(good == (errors.n == 0));
    template_set(&fields, "account", text);
    template_line(&line, found.subject, &fields);
    assert(line.n == 0 || memchr(line.p, '\n', line.n) == NULL);
    template_body(&body, found.body, &fields, TEMPLATE_WIDTH);
    assert(letter_write(&message, &head, buf_slice(&line), buf_slice(&body)) || message.full);
    templates_free(t);
    owners_free(owners_parse("x", text, &errors));
    return 0;
}
