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

static int replay(const char *folder, const char *name)
{
    char path[4096];
    FILE *f;
    long size;
    uint8_t *data;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if ((f = fopen(path, "rb")) == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
        perror(path);
        return -1;
    }
    rewind(f);
    data = malloc(size > 0 ? (size_t)size : 1);
    if (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
        perror(path);
        return -1;
    }
    fclose(f);
    LLVMFuzzerTestOneInput(data, (size_t)size);
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
