#include "report/html.h"

#include "report/html_parts.h"
#include "report/page_css.h"
#include "report/words.h"

#include "base/ban.h"

/* Nothing may be loaded from anywhere and nothing may run: the style is admitted by its hash. The
 * empty icon keeps a browser from asking a web server for one. */
void html_open(struct html_page *page, struct slice title)
{
    buf_printf(page->out,
               "<!DOCTYPE html>\n"
               "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'\"/>\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
               "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
               "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
               "<meta name=\"robots\" content=\"noindex\"/>\n"
               "<meta name=\"format-detection\" content=\"telephone=no\"/>\n"
               "<link rel=\"icon\" href=\"data:,\"/>\n",
               page_css_hash);
    html_raw(page, "<title>");
    html_text(page, title);
    html_raw(page, "</title>\n<style>");
    buf_add(page->out, (struct slice){ page_css, page_css_size });
    html_raw(page, "</style>\n</head>\n");
}

static void write_head(struct html_page *page)
{
    struct buf title = buf_make(200);

    buf_add(&title, SLICE("mailfuse report"));
    if (page->r->start.ms != 0) {
        buf_add(&title, SLICE(", "));
        words_period(&title, page->r);
    }
    html_open(page, buf_slice(&title));
    buf_done(&title);
}

void html_write(const struct report *r, const struct html_options *options, struct buf *out)
{
    struct html_page page = { .r = r, .out = out };
    size_t cards = r->fuses_n < HTML_CARDS_MAX ? r->fuses_n : HTML_CARDS_MAX;

    write_head(&page);
    html_raw(&page, "<body>\n<main>\n");
    html_verdict(&page);
    for (size_t i = 0; i < cards; i++)
        html_fuse(&page, &r->fuses[i], (unsigned)i + 1);
    html_prepare(&page);
    html_wrote(&page);
    html_server(&page);
    html_holds(&page);
    html_watch(&page);
    html_blocks(&page);
    html_brutes(&page);
    html_accounts(&page);
    html_totals(&page);
    html_reading(&page);
    html_raw(&page, "</main>\n<footer>Made by mailfuse ");
    html_text(&page, slice_of(options->version));
    html_raw(&page, " from the server's own logs. This page loads nothing and runs no "
                    "script.</footer>\n</body>\n</html>\n");
}
