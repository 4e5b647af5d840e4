/* Writes one of the invented reports as a page to standard output: html_example company|hostile|
 * calm|empty. For looking at the page, and for the tests that open it in a browser. */
#include <stdio.h>

#include "base/attributes.h"
#include "report/fixture.h"
#include "report/html.h"

#include "base/ban.h"

static const struct example {
    const char *name;
    void (*make)(struct report *r);
} examples[] = {
    { "company", fixture_company },
    { "hostile", fixture_hostile },
    { "calm", fixture_calm },
    { "empty", fixture_empty },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < COUNT(examples) && argc == 2; i++) {
        struct html_options options = { .version = "0.1.0" };
        struct buf page = buf_make(HTML_PAGE_MAX);
        struct report r;
        size_t written;

        if (!slice_eq(slice_of(argv[1]), slice_of(examples[i].name)))
            continue;
        examples[i].make(&r);
        html_write(&r, &options, &page);
        written = fwrite(page.p, 1, page.n, stdout);
        buf_done(&page);
        report_done(&r);
        return written > 0 && fflush(stdout) == 0 ? 0 : 1;
    }
    fprintf(stderr, "usage: html_example company|hostile|calm|empty\n");
    return 2;
}
