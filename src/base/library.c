#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

#include "base/ban.h"

/* Never closed; and a success would take back what dlerror(3) said. */
static void *load(const char *file)
{
    return dlopen(file, RTLD_NOW | RTLD_NODELETE);
}

const char *library_load(const char *file, const char *const names[], size_t n, void *to)
{
    void *library = load(file), *found;
    const char *why = NULL;

    if (library == NULL)
        return dlerror();
    for (size_t i = 0; i < n && why == NULL; i++) {
        found = dlsym(library, names[i]);
        if (found == NULL)
            why = dlerror();
        memcpy((char *)to + i * sizeof found, &found, sizeof found);
    }
    return why;
}

size_t library_load_all(void)
{
    static const char *const files[] = { LIBRARY_ARCHIVE, LIBRARY_SYSTEMD, LIBRARY_UNBOUND };

    size_t missing = 0;

    for (size_t i = 0; i < COUNT(files); i++) {
        const void *library = load(files[i]);

        if (library == NULL)
            missing++;
    }
    return missing;
}
