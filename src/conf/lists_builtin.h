/* lists_builtin.h - private to conf: packaging/dnsbl.lists as bytes in the program. */
#ifndef CONF_LISTS_BUILTIN_H
#define CONF_LISTS_BUILTIN_H

#include <stddef.h>

extern const char lists_builtin[];
extern const size_t lists_builtin_size;

#endif
