/* providers_builtin.h - private to conf: packaging/providers.rules as bytes in the program. */
#ifndef CONF_PROVIDERS_BUILTIN_H
#define CONF_PROVIDERS_BUILTIN_H

#include <stddef.h>

extern const char providers_builtin[];
extern const size_t providers_builtin_size;

#endif
