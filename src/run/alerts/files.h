/* files.h - the files that alerts { } names: templates, and the addresses of owners. */
#ifndef RUN_ALERTS_FILES_H
#define RUN_ALERTS_FILES_H

#include "conf/conf.h"
#include "tell/owners.h"
#include "tell/template.h"

struct alerts_files {
    struct templates *templates; /* those of the program and of the folder */
    struct owners *owners;       /* NULL: no file is named */
};

/* False, with at least one error and nothing in `out`, when one of them is wrong. */
NODISCARD bool alerts_files_read(const struct conf *conf, struct alerts_files *out,
                                 struct conf_errors *errors);
void alerts_files_done(struct alerts_files *files);

#endif
