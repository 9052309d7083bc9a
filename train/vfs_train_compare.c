
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_document.h"
#include "vfs_float.h"
#include "vfs_train_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int vfs_compare_values(const vfs_answer_t *answer,
    const vfs_definition_t *def, const float *vector, char *text);
static int vfs_compare_metadata(const vfs_answer_t *answer,
    const vfs_definition_t *def, const vfs_state_t *state, char *text,
    vfs_error_t *err);
static char *vfs_compare_expected(const vfs_definition_t *def,
    const vfs_state_t *state, size_t *len);
static int vfs_compare_objects(const vfs_node_t *served,
    const vfs_node_t *expected, char *text);
static int vfs_compare_nodes(const vfs_node_t *one, const vfs_node_t *two);
static int vfs_compare_scalars(const vfs_json_token_t *one,
    const vfs_json_token_t *two);


int
vfs_answer_compare(const vfs_answer_t *answer, const vfs_definition_t *def,
    const vfs_state_t *state, float *vector, char *text, vfs_error_t *err)
{
    int   rc;
    char  metadata[VFS_DIFFERENCE_LEN], values[VFS_DIFFERENCE_LEN];

    metadata[0] = '\0';
    values[0] = '\0';

    rc = vfs_compare_metadata(answer, def, state, metadata, err);

    if (rc == VFS_ERROR) {
        return VFS_ERROR;
    }

    if (vfs_state_vector(state, vector) != VFS_OK) {
        (void) snprintf(values, sizeof(values), "the replay has no vector");

    } else if (vfs_compare_values(answer, def, vector, values) == VFS_OK
               && rc == VFS_OK)
    {
        return VFS_OK;
    }

    (void) snprintf(text, VFS_DIFFERENCE_LEN, "%.196s%s%.196s", values,
                    (values[0] != '\0' && metadata[0] != '\0') ? "; " : "",
                    metadata);

    return VFS_DECLINED;
}


int
vfs_answer_same(const vfs_answer_t *answer, const vfs_definition_t *def,
    const float *vector)
{
    return answer->nvalues == def->dimension
           && memcmp(answer->values, vector, def->dimension * sizeof(float))
              == 0;
}


static int
vfs_compare_values(const vfs_answer_t *answer, const vfs_definition_t *def,
    const float *vector, char *text)
{
    char       served[VFS_FLOAT_LEN + 1], replayed[VFS_FLOAT_LEN + 1];
    unsigned   i, n, first;
    uint32_t   bits[2];

    if (answer->nvalues != def->dimension) {
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "%u values, expected %u",
                        answer->nvalues, def->dimension);
        return VFS_DECLINED;
    }

    n = 0;
    first = 0;

    for (i = def->dimension; i-- > 0; /* void */) {

        if (memcmp(&answer->values[i], &vector[i], sizeof(float)) != 0) {
            first = i;
            n++;
        }
    }

    if (n == 0) {
        return VFS_OK;
    }

    *vfs_float_print(served, answer->values[first]) = '\0';
    *vfs_float_print(replayed, vector[first]) = '\0';
    memcpy(&bits[0], &answer->values[first], sizeof(float));
    memcpy(&bits[1], &vector[first], sizeof(float));

    (void) snprintf(text, VFS_DIFFERENCE_LEN, "values[%u] is %s (0x%08" PRIx32
                    "), the replay has %s (0x%08" PRIx32 "), %u of %u differ",
                    first, served, bits[0], replayed, bits[1], n,
                    def->dimension);

    return VFS_DECLINED;
}


static int
vfs_compare_metadata(const vfs_answer_t *answer, const vfs_definition_t *def,
    const vfs_state_t *state, char *text, vfs_error_t *err)
{
    int              rc;
    char            *wanted;
    size_t           len;
    vfs_document_t   served, expected;

    memset(&served, 0, sizeof(vfs_document_t));
    memset(&expected, 0, sizeof(vfs_document_t));

    if (answer->metadata == NULL) {
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "no metadata");
        return VFS_DECLINED;
    }

    wanted = vfs_compare_expected(def, state, &len);

    if (wanted == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    rc = vfs_document_parse(&expected, wanted, len, err);

    if (rc == VFS_OK) {
        rc = vfs_document_parse(&served, answer->metadata,
                                strlen(answer->metadata), err);
    }

    rc = (rc == VFS_OK) ? vfs_compare_objects(served.nodes, expected.nodes,
                                              text)
                        : VFS_ERROR;

    vfs_document_free(&served);
    vfs_document_free(&expected);
    free(wanted);

    return rc;
}


/* As the worker writes it. */

static char *
vfs_compare_expected(const vfs_definition_t *def, const vfs_state_t *state,
    size_t *len)
{
    int          n;
    char        *text, *marks;
    size_t       size;
    const char  *metadata;

    metadata = vfs_state_metadata(state);
    size = vfs_state_watermark(state, NULL, 0) + 1;
    marks = malloc(size);

    if (marks == NULL) {
        return NULL;
    }

    (void) vfs_state_watermark(state, marks, size);

    n = asprintf(&text, "{%s%s\"vfs_definition\":\"%s\",\"vfs_event_time\":%"
                 PRId64 ",\"vfs_watermark\":\"%s\",\"vfs_count\":%" PRIu64
                 "}", metadata, (metadata[0] != '\0') ? "," : "", def->hash,
                 vfs_state_time(state), marks, vfs_state_count(state));

    free(marks);

    if (n == -1) {
        return NULL;
    }

    *len = (size_t) n;

    return text;
}


static int
vfs_compare_objects(const vfs_node_t *served, const vfs_node_t *expected,
    char *text)
{
    char               name[128], have[VFS_DESCRIPTION_LEN];
    char               want[VFS_DESCRIPTION_LEN];
    uint32_t           nserved, nexpected;
    ptrdiff_t          n;
    const vfs_node_t  *node, *value, *wanted;

    nserved = 0;
    nexpected = 0;

    for (node = vfs_node_first(expected); node != NULL;
         node = vfs_node_next(expected, node))
    {
        nexpected++;
        n = vfs_json_unescape(&node->token, name, sizeof(name) - 1);
        name[(n == -1) ? 0 : n] = '\0';

        wanted = node + 1;

        if (vfs_node_member(served, name, &value) != VFS_OK) {
            (void) snprintf(text, VFS_DIFFERENCE_LEN, "%s is not there, "
                            "expected %.100s", name,
                            vfs_node_describe(wanted, want));
            return VFS_DECLINED;
        }

        if (!vfs_compare_nodes(value, wanted)) {
            (void) snprintf(text, VFS_DIFFERENCE_LEN, "%s is %.80s, expected "
                            "%.80s", name, vfs_node_describe(value, have),
                            vfs_node_describe(wanted, want));
            return VFS_DECLINED;
        }
    }

    for (node = vfs_node_first(served); node != NULL;
         node = vfs_node_next(served, node))
    {
        nserved++;
    }

    if (nserved != nexpected) {
        (void) snprintf(text, VFS_DIFFERENCE_LEN, "%u metadata fields, "
                        "expected %u", nserved, nexpected);
        return VFS_DECLINED;
    }

    return VFS_OK;
}


static int
vfs_compare_nodes(const vfs_node_t *one, const vfs_node_t *two)
{
    const vfs_node_t  *a, *b;

    if (one->token.type != two->token.type) {
        return 0;
    }

    if (one->token.type != VFS_JSON_ARRAY) {
        return vfs_compare_scalars(&one->token, &two->token);
    }

    if (vfs_node_count(one) != vfs_node_count(two)) {
        return 0;
    }

    b = vfs_node_first(two);

    for (a = vfs_node_first(one); a != NULL; a = vfs_node_next(one, a)) {

        if (!vfs_compare_nodes(a, b)) {
            return 0;
        }

        b = vfs_node_next(two, b);
    }

    return 1;
}


/* Numbers as binary64: the index may write them in another form. */

static int
vfs_compare_scalars(const vfs_json_token_t *one, const vfs_json_token_t *two)
{
    char       a[VFS_MAX_METADATA_VALUE + 1], b[VFS_MAX_METADATA_VALUE + 1];
    double     x, y;
    ptrdiff_t  n;

    switch (one->type) {

    case VFS_JSON_NUMBER:
        return vfs_double_read(one->start, one->start + one->len, &x) != NULL
               && vfs_double_read(two->start, two->start + two->len, &y)
                  != NULL
               && memcmp(&x, &y, sizeof(double)) == 0;

    case VFS_JSON_STRING:

        if (!one->escaped && !two->escaped) {
            return one->len == two->len
                   && memcmp(one->start, two->start, one->len) == 0;
        }

        n = vfs_json_unescape(one, a, sizeof(a));

        return n != -1 && vfs_json_unescape(two, b, sizeof(b)) == n
               && memcmp(a, b, (size_t) n) == 0;

    case VFS_JSON_TRUE:
    case VFS_JSON_FALSE:
    case VFS_JSON_NULL:
        return 1;

    default:
        return 0;
    }
}
