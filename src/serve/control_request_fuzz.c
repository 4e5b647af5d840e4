/* Any line as a request on the control socket. */
#include <assert.h>

#include "base/test_copy.h"
#include "serve/control_door.h"
#include "serve/control_request.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice line = test_copy((struct slice){ (const char *)data, size });
    struct buf wrong = buf_make(4096);
    json_t *request = control_request_parse(line, &wrong);

    if (request != NULL) {
        assert(wrong.n == 0 && json_is_object(request));
        assert(json_is_string(json_object_get(request, "command")));
        (void)control_request_changes(json_string_value(json_object_get(request, "command")));
    } else {
        assert(wrong.n > 0 && !wrong.full);
    }
    json_decref(request);
    buf_done(&wrong);
    test_copy_free(line);
    return 0;
}
