
/*
 * Copyright (C) the vfs authors
 */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* libFuzzer's entry point: see also replay.c. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


#define fuzz_assert(condition)                                                \
    if (!(condition)) {                                                       \
        (void) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
        abort();                                                              \
    }


#endif /* _FUZZ_H_INCLUDED_ */
