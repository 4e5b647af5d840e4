/* builtin.h - private to tell: packaging/templates, as bytes in the program (embed_templates.py).
 */
#ifndef TELL_BUILTIN_H
#define TELL_BUILTIN_H

#include <stddef.h>

struct template_builtin {
    const char *language;
    const char *text;
    size_t size;
};

extern const struct template_builtin templates_builtin[];
extern const size_t templates_builtin_n;

#endif
