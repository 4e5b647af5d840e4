/* page_css.h - page.css, as embed.py puts it into the program. */
#ifndef REPORT_PAGE_CSS_H
#define REPORT_PAGE_CSS_H

#include <stddef.h>

extern const char page_css[]; /* page_css_size bytes, no NUL */
extern const size_t page_css_size;
extern const char page_css_hash[]; /* "sha256-...", for a Content-Security-Policy */

#endif
