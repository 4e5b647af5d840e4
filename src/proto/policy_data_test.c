/* policy_data_test.c - requests that a real Postfix sent, as the testbed caught them, one a file,
 * named like "all-07-RCPT". They are not part of the tree: without them the test skips. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/policy.h"

#include "base/ban.h"

enum { LONGEST = 4096, AT_LEAST = 50 };

static struct slice read_all(const char *path, char block[LONGEST])
{
    FILE *file = fopen(path, "rb");
    size_t n;

    if (file == NULL)
        fail_msg("%s cannot be read", path);
    n = fread(block, 1, LONGEST, file);
    fclose(file);
    assert_in_range(n, 1, LONGEST - 1);
    return (struct slice){ block, n };
}

/* What holds for each of them (testbed, NOTES.md section 1). */
static void check(struct slice path, const struct policy_request *r)
{
    struct slice name = path, stage, before;

    while (slice_cut(&name, '/', &before))
        ;
    stage = name;
    if (!slice_cut(&stage, '-', &before) || !slice_cut(&stage, '-', &before))
        fail_msg("%.*s: no stage in the name", SLICE_ARG(path));
    if (!slice_eq(stage, SLICE("XCLIENT")) &&
        !slice_eq(stage, slice_of(policy_state_name(r->protocol_state))))
        fail_msg("%.*s: got %s", SLICE_ARG(path), policy_state_name(r->protocol_state));
    if (r->client_address.n == 0 || r->client_name.n == 0 || r->server_port == 0)
        fail_msg("%.*s: no client or server", SLICE_ARG(path));
    if (r->protocol_state == POLICY_RCPT && (r->recipient.n == 0 || r->instance.n == 0))
        fail_msg("%.*s: no recipient or instance", SLICE_ARG(path));
    if (r->protocol_state == POLICY_END_OF_MESSAGE &&
        (r->recipient_count == 0 || r->size == 0 || r->queue_id.n == 0))
        fail_msg("%.*s: no recipients, size or queue id", SLICE_ARG(path));
}

static void one_file(const char *path)
{
    char block[LONGEST];
    struct slice in = test_copy(read_all(path, block));
    struct policy_request r;
    size_t used = 0, seen = 0;

    for (size_t n = 0; n < in.n; n++)
        assert_int_equal(policy_parse(slice_head(in, n), &seen, &r, &used), PARSE_MORE);
    if (policy_parse(in, &seen, &r, &used) != PARSE_OK || used != in.n)
        fail_msg("%s: not one request", path);
    check(slice_of(path), &r);
    test_copy_free(in);
}

static void test_real_requests(void **state)
{
    const char *source = getenv("MAILFUSE_SOURCE");
    char pattern[4096];
    glob_t files;

    (void)state;
    snprintf(pattern, sizeof pattern, "%s/../shared/testbed/samples/policy/requests/*",
             source != NULL ? source : ".");
    if (glob(pattern, 0, NULL, &files) != 0) {
        print_message("no %s: nothing was tested\n", pattern);
        skip();
    }
    for (size_t i = 0; i < files.gl_pathc; i++)
        one_file(files.gl_pathv[i]);
    assert_true(files.gl_pathc >= AT_LEAST);
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_real_requests) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
