#include "conf/table_file.h"

#include <errno.h>
#include <stdio.h>

#include "base/ban.h"

bool conf_table_file(const char *path, const char *what, struct buf *text,
                     struct conf_errors *errors)
{
    FILE *file = fopen(path, "re");
    int error = file == NULL ? errno : 0;
    char block[4096];
    size_t n;

    *text = buf_make(CONF_TABLE_FILE_MAX);
    while (error == 0 && (n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(text, (struct slice){ block, n });
    if (file != NULL) {
        error = ferror(file) != 0 ? EISDIR : error;
        (void)fclose(file);
    }
    if (error != 0)
        conf_complain(errors, path, 0, "", "%s; write the path of a file that mailfuse may read",
                      strerror(error));
    else if (text->full)
        conf_complain(errors, path, 0, "", "larger than 1 MB; this is no %s", what);
    return error == 0 && !text->full;
}
