
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "ngx_http_vfs_param.h"


static void fuzz_id(const uint8_t *data, size_t size);
static void fuzz_top_k(const uint8_t *data, size_t size, uintptr_t max);


/* Any bytes as an id and as topK: what is accepted is what is documented. */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_id(data, size);

    fuzz_top_k(data, size, 1);
    fuzz_top_k(data, size, 100);
    fuzz_top_k(data, size, NGX_HTTP_VFS_MAX_TOP_K);
    fuzz_top_k(data, size, UINTPTR_MAX);

    return 0;
}


static void
fuzz_id(const uint8_t *data, size_t size)
{
    char       *text;
    size_t      span;
    uintptr_t   valid;

    text = malloc(size + 1);
    fuzz_assert(text != NULL);

    memcpy(text, data, size);
    text[size] = '\0';

    span = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "abcdefghijklmnopqrstuvwxyz_-");
    valid = ngx_http_vfs_id_valid(data, size);

    fuzz_assert(valid == (size >= 1 && size <= 128 && span == size));

    free(text);
}


static void
fuzz_top_k(const uint8_t *data, size_t size, uintptr_t max)
{
    char           text[10];
    uintptr_t      n;
    unsigned long  expected;

    n = ngx_http_vfs_parse_top_k(data, size, max);
    expected = 0;

    if (size < sizeof(text)) {
        memcpy(text, data, size);
        text[size] = '\0';

        if (strspn(text, "0123456789") == size) {
            expected = strtoul(text, NULL, 10);
        }
    }

    fuzz_assert(n == (expected <= max ? expected : 0));
}
