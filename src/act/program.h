/* program.h - run another program and wait for it: by absolute path, without a shell, with a clean
 * environment, in the root directory, without any descriptor of ours. Its input comes from
 * memory; of its output, standard and error together, as much is kept as `output` has room for: the
 * end of it, where programs say what they did. Waits without limit: whoever calls is a process of
 * its own that is killed, with its whole process group, when it takes too long. */
#ifndef ACT_PROGRAM_H
#define ACT_PROGRAM_H

#include "base/buf.h"

/* argv  ends with NULL; argv[0] is the absolute path
 * input what the program can read from standard input
 * output an empty buf; at the limit the front is lost, and `full` is set
 * The exit status, 128 + n when signal n ended it, 127 when it could not be executed (the output
 * says why), or -errno. */
NODISCARD int program_await(const char *const argv[], struct slice input, struct buf *output);

#endif
