/* fuzz_replay.c - runs a fuzz harness over a folder of seeds, without a fuzzer.
 * Usage: NAME_fuzz FOLDER. Each seed is handed over in a heap block of exactly its size, so that a
 * sanitizer sees an overread of one byte. An empty or missing folder is a failure. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "base/slice.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All of `f` in a heap block of exactly its size, or NULL. */
static uint8_t *read_all(FILE *f, size_t *size)
{
    long end = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    uint8_t *data;

    if (end < 0)
        return NULL;
    rewind(f);
    data = memory_new(end > 0 ? (size_t)end : 1, 1);
    *size = fread(data, 1, (size_t)end, f);
    if (*size == (size_t)end)
        return data;
    free(data);
    return NULL;
}

static int replay(const char *folder, const char *name)
{
    char path[4096];
    FILE *f;
    uint8_t *data;
    size_t size = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "rb");
    data = f != NULL ? read_all(f, &size) : NULL;
    if (data == NULL)
        perror(path);
    if (f != NULL)
        fclose(f);
    if (data == NULL)
        return -1;
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    struct dirent **names;
    int n, failed = 0, seeds = 0;

    if (argc != 2 || (n = scandir(argv[1], &names, NULL, alphasort)) < 0) {
        fprintf(stderr, "usage: %s FOLDER-OF-SEEDS\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            failed += replay(argv[1], names[i]->d_name) != 0;
            seeds++;
        }
        free(names[i]);
    }
    free(names);
    printf("%d seeds replayed\n", seeds);
    return seeds > 0 && failed == 0 ? 0 : 1;
}
