
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_float.h"
#include "vfs_ingest_model_answer.h"
#include "vfs_json.h"
#include "vfs_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* A number with all its digits, and as much white space around it. */

#define VFS_MODEL_NUMBER  64
#define VFS_MODEL_FRAME   65536


typedef struct {
    const vfs_definition_t  *def;
    const vfs_source_t      *source;
    unsigned                 count;
    float                   *vectors;
    vfs_json_t               json;
    vfs_error_t             *err;
} vfs_model_reader_t;


/* What an element of OpenAI's "data", or of KServe's "outputs", holds. */

typedef struct {
    vfs_json_token_t         index;
    vfs_json_token_t         name;
    vfs_json_token_t         shape;
    vfs_json_token_t         values;        /* a span */
} vfs_model_element_t;


static vfs_model_answer_e vfs_model_read_openai(vfs_model_reader_t *in);
static vfs_model_answer_e vfs_model_read_embedding(vfs_model_reader_t *in,
    const vfs_model_element_t *element, unsigned char *seen);
static int vfs_model_read_index(const vfs_json_token_t *token, unsigned count,
    unsigned *index);
static vfs_model_answer_e vfs_model_read_tei(vfs_model_reader_t *in);
static vfs_model_answer_e vfs_model_read_kserve(vfs_model_reader_t *in);
static vfs_model_answer_e vfs_model_read_output(vfs_model_reader_t *in,
    const vfs_model_element_t *output);
static int vfs_model_read_shape(const vfs_model_element_t *output,
    uint64_t *rows, uint64_t *columns);
static int vfs_model_find_list(vfs_model_reader_t *in, const char *name);
static vfs_model_answer_e vfs_model_read_element(vfs_model_reader_t *in,
    const char *values, vfs_model_element_t *element);
static vfs_model_answer_e vfs_model_read_numbers(vfs_model_reader_t *in,
    const vfs_json_token_t *span, float *values, uint64_t n);
static vfs_model_answer_e vfs_model_no_json(vfs_model_reader_t *in,
    const vfs_json_t *json);
static vfs_model_answer_e vfs_model_wrong_dimension(vfs_model_reader_t *in,
    uint64_t n);
static vfs_model_answer_e vfs_model_wrong_count(vfs_model_reader_t *in,
    uint64_t n);


vfs_model_answer_e
vfs_model_answer_read(const vfs_definition_t *def, const vfs_source_t *source,
    const vfs_model_answer_t *answer, float *vectors, vfs_error_t *err)
{
    vfs_model_reader_t  in;

    if (answer->status == 0) {
        vfs_error_set(err, "no answer: %.200s",
                      (answer->failure != NULL) ? answer->failure : "unknown");
        return VFS_MODEL_RETRY;
    }

    if (answer->status != 200) {
        vfs_error_set(err, "status %d", answer->status);
    }

    switch (answer->status) {

    case 200:
        break;

    case 400:
    case 413:
    case 422:
        return VFS_MODEL_REFUSED;

    case 408:
    case 424: /* text-embeddings-inference: the inference failed */
    case 425:
    case 429:
        return VFS_MODEL_RETRY;

    default:
        return (answer->status < 300 || answer->status >= 500)
               ? VFS_MODEL_RETRY : VFS_MODEL_STOP;
    }

    in.def = def;
    in.source = source;
    in.count = answer->count;
    in.vectors = vectors;
    in.err = err;

    vfs_json_init(&in.json, answer->body, answer->len);

    switch (source->model->protocol) {

    case VFS_MODEL_OPENAI:
        return vfs_model_read_openai(&in);

    case VFS_MODEL_TEI:
        return vfs_model_read_tei(&in);

    default:
        return vfs_model_read_kserve(&in);
    }
}


const char *
vfs_model_answer_reason(const vfs_model_answer_t *answer)
{
    switch (answer->status) {

    case 0:
        return "connection";

    case 200:
        return "bad_answer";

    case 408:
    case 504:
        return "timeout";

    case 429:
        return "limit";

    default:
        return (answer->status >= 500) ? "server_error" : "other";
    }
}


size_t
vfs_model_answer_max(const vfs_definition_t *def, unsigned count)
{
    return VFS_MODEL_FRAME + (size_t) count * def->dimension * VFS_MODEL_NUMBER;
}


/* {"data":[{"index":1,"embedding":[...]},...]}, in any order. */

static vfs_model_answer_e
vfs_model_read_openai(vfs_model_reader_t *in)
{
    unsigned              n;
    unsigned char        *seen;
    vfs_json_token_t      token;
    vfs_model_answer_e    rc;
    vfs_model_element_t   element;

    if (vfs_model_find_list(in, "data") != VFS_OK) {
        return vfs_model_no_json(in, &in->json);
    }

    seen = calloc(in->count, 1);

    if (seen == NULL) {
        vfs_error_set(in->err, "out of memory");
        return VFS_MODEL_RETRY;
    }

    n = 0;
    rc = VFS_MODEL_ANSWERED;

    while (rc == VFS_MODEL_ANSWERED
           && vfs_json_next(&in->json, &token) == VFS_JSON_OBJECT)
    {
        rc = vfs_model_read_element(in, "embedding", &element);

        if (rc == VFS_MODEL_ANSWERED) {
            rc = vfs_model_read_embedding(in, &element, seen);
            n++;
        }
    }

    free(seen);

    if (rc != VFS_MODEL_ANSWERED) {
        return rc;
    }

    if (token.type != VFS_JSON_ARRAY_END) {
        return vfs_model_no_json(in, &in->json);
    }

    return (n == in->count) ? VFS_MODEL_ANSWERED
                            : vfs_model_wrong_count(in, n);
}


static vfs_model_answer_e
vfs_model_read_embedding(vfs_model_reader_t *in,
    const vfs_model_element_t *element, unsigned char *seen)
{
    float     *vector;
    unsigned   index;

    if (vfs_model_read_index(&element->index, in->count, &index) != VFS_OK
        || seen[index])
    {
        vfs_error_set(in->err, "status 200, but an element of \"data\" has no "
                      "\"index\" of its own below %u", in->count);
        return VFS_MODEL_RETRY;
    }

    seen[index] = 1;
    vector = in->vectors + (size_t) index * in->def->dimension;

    return vfs_model_read_numbers(in, &element->values, vector,
                                  in->def->dimension);
}


static int
vfs_model_read_index(const vfs_json_token_t *token, unsigned count,
    unsigned *index)
{
    double       value;
    const char  *last;

    if (token->type != VFS_JSON_NUMBER) {
        return VFS_ERROR;
    }

    last = token->start + token->len;

    if (vfs_double_read(token->start, last, &value) != last
        || !(value >= 0 && value < count)
        || value != (double) (unsigned) value)
    {
        return VFS_ERROR;
    }

    *index = (unsigned) value;

    return VFS_OK;
}


/* [[...],...], in the order of the texts. */

static vfs_model_answer_e
vfs_model_read_tei(vfs_model_reader_t *in)
{
    float               *vector;
    unsigned             n;
    vfs_json_token_t     token, span;
    vfs_model_answer_e   rc;

    if (vfs_json_next(&in->json, &token) != VFS_JSON_ARRAY) {
        return vfs_model_no_json(in, &in->json);
    }

    for (n = 0;
         vfs_json_next(&in->json, &token) == VFS_JSON_ARRAY;
         n++)
    {
        if (vfs_json_skip(&in->json, &token, &span) != 0) {
            return vfs_model_no_json(in, &in->json);
        }

        /* of more vectors than texts all land behind the last one */

        vector = in->vectors + (size_t) ((n < in->count) ? n : in->count)
                               * in->def->dimension;

        rc = vfs_model_read_numbers(in, &span, vector, in->def->dimension);

        if (rc != VFS_MODEL_ANSWERED) {
            return rc;
        }
    }

    if (token.type != VFS_JSON_ARRAY_END) {
        return vfs_model_no_json(in, &in->json);
    }

    return (n == in->count) ? VFS_MODEL_ANSWERED
                            : vfs_model_wrong_count(in, n);
}


/* {"outputs":[{"name":"..","shape":[n,D],"data":[...]}]}, flat or nested. */

static vfs_model_answer_e
vfs_model_read_kserve(vfs_model_reader_t *in)
{
    unsigned              n;
    const char           *wanted;
    vfs_json_token_t      token;
    vfs_model_answer_e    rc;
    vfs_model_element_t   element, output;

    if (vfs_model_find_list(in, "outputs") != VFS_OK) {
        return vfs_model_no_json(in, &in->json);
    }

    n = 0;
    wanted = in->source->model->output;

    while (vfs_json_next(&in->json, &token) == VFS_JSON_OBJECT) {
        rc = vfs_model_read_element(in, "data", &element);

        if (rc != VFS_MODEL_ANSWERED) {
            return rc;
        }

        if (wanted != NULL
            && (element.name.type != VFS_JSON_STRING
                || !vfs_json_equal(&element.name, wanted)))
        {
            continue;
        }

        output = element;
        n++;
    }

    if (token.type != VFS_JSON_ARRAY_END) {
        return vfs_model_no_json(in, &in->json);
    }

    if (n != 1) {
        vfs_error_set(in->err, "status 200 with %u tensors%s%s: set "
                      "sources.%s.output to the name of the one that holds "
                      "the vectors", n, (wanted != NULL) ? " named " : "",
                      (wanted != NULL) ? wanted : "", in->source->name);
        return VFS_MODEL_STOP;
    }

    return vfs_model_read_output(in, &output);
}


static vfs_model_answer_e
vfs_model_read_output(vfs_model_reader_t *in,
    const vfs_model_element_t *output)
{
    uint64_t            rows, columns;
    vfs_model_answer_e  rc;

    if (vfs_model_read_shape(output, &rows, &columns) != VFS_OK) {
        vfs_error_set(in->err, "status 200 without a tensor's \"shape\"");
        return VFS_MODEL_RETRY;
    }

    if (rows != in->count) {
        return vfs_model_wrong_count(in, rows);
    }

    if (columns != in->def->dimension) {
        return vfs_model_wrong_dimension(in, columns);
    }

    rc = vfs_model_read_numbers(in, &output->values, in->vectors,
                                rows * columns);

    if (rc == VFS_MODEL_STOP) {
        vfs_error_set(in->err, "status 200 with a tensor whose \"data\" is not "
                      "of its \"shape\"");
        rc = VFS_MODEL_RETRY;
    }

    return rc;
}


/* The first extent, and the product of the others. */

static int
vfs_model_read_shape(const vfs_model_element_t *output, uint64_t *rows,
    uint64_t *columns)
{
    double             extent;
    unsigned           n;
    vfs_json_t         json;
    const char        *last;
    vfs_json_token_t   token;

    if (output->shape.type != VFS_JSON_ARRAY) {
        return VFS_ERROR;
    }

    *columns = 1;

    vfs_json_init(&json, output->shape.start, output->shape.len);
    (void) vfs_json_next(&json, &token);

    for (n = 0; vfs_json_next(&json, &token) == VFS_JSON_NUMBER; n++) {
        last = token.start + token.len;

        if (vfs_double_read(token.start, last, &extent) != last
            || !(extent >= 0 && extent <= 1e6))
        {
            return VFS_ERROR;
        }

        if (n == 0) {
            *rows = (uint64_t) extent;

        } else if (*columns <= VFS_MAX_DIMENSION) {
            *columns *= (uint64_t) extent;
        }
    }

    return (n >= 2) ? VFS_OK : VFS_ERROR;
}


/* Moves to the first element of a list that the outermost object holds. */

static int
vfs_model_find_list(vfs_model_reader_t *in, const char *name)
{
    vfs_json_token_t  token, span;

    if (vfs_json_next(&in->json, &token) != VFS_JSON_OBJECT) {
        return VFS_ERROR;
    }

    while (vfs_json_next(&in->json, &token) == VFS_JSON_NAME) {

        if (vfs_json_equal(&token, name)) {
            return (vfs_json_next(&in->json, &token) == VFS_JSON_ARRAY)
                   ? VFS_OK : VFS_ERROR;
        }

        (void) vfs_json_next(&in->json, &token);

        if (vfs_json_skip(&in->json, &token, &span) != 0) {
            return VFS_ERROR;
        }
    }

    return VFS_ERROR;
}


static vfs_model_answer_e
vfs_model_read_element(vfs_model_reader_t *in, const char *values,
    vfs_model_element_t *element)
{
    vfs_json_token_t  name, value, span;

    memset(element, 0, sizeof(vfs_model_element_t));

    while (vfs_json_next(&in->json, &name) == VFS_JSON_NAME) {
        (void) vfs_json_next(&in->json, &value);

        if (vfs_json_skip(&in->json, &value, &span) != 0) {
            return vfs_model_no_json(in, &in->json);
        }

        if (vfs_json_equal(&name, "index")) {
            element->index = value;

        } else if (vfs_json_equal(&name, "name")) {
            element->name = value;

        } else if (vfs_json_equal(&name, "shape")) {
            element->shape = span;
            element->shape.type = value.type;

        } else if (vfs_json_equal(&name, values)) {
            element->values = span;
            element->values.type = value.type;
        }
    }

    return (name.type == VFS_JSON_OBJECT_END)
           ? VFS_MODEL_ANSWERED : vfs_model_no_json(in, &in->json);
}


/* All numbers within "span", however deep, must be "n". */

static vfs_model_answer_e
vfs_model_read_numbers(vfs_model_reader_t *in, const vfs_json_token_t *span,
    float *values, uint64_t n)
{
    float              value;
    uint64_t           i;
    vfs_json_t         json;
    const char        *last;
    vfs_json_token_t   token;

    if (span->start == NULL || span->start[0] != '[') {
        vfs_error_set(in->err, "status 200 without a list of numbers");
        return VFS_MODEL_RETRY;
    }

    i = 0;
    vfs_json_init(&json, span->start, span->len);

    for ( ;; ) {

        switch (vfs_json_next(&json, &token)) {

        case VFS_JSON_ARRAY:
        case VFS_JSON_ARRAY_END:
            continue;

        case VFS_JSON_END:
            return (i == n) ? VFS_MODEL_ANSWERED
                            : vfs_model_wrong_dimension(in, i);

        case VFS_JSON_NUMBER:
            last = token.start + token.len;

            if (vfs_float_read(token.start, last, &value) == last
                && fabsf(value) <= VFS_MAX_COMPONENT)
            {
                break;
            }

            /* fall through */

        default:
            vfs_error_set(in->err, "status 200, but a component is not a "
                          "number from -%g to %g", VFS_MAX_COMPONENT,
                          VFS_MAX_COMPONENT);
            return VFS_MODEL_NO_NUMBERS;
        }

        if (i < n) {
            values[i] = value;
        }

        i++;
    }
}


/* Servers print a vector of no finite numbers as NaN, which is no JSON. */

static vfs_model_answer_e
vfs_model_no_json(vfs_model_reader_t *in, const vfs_json_t *json)
{
    const char  *p;

    p = json->pos;

    if (p < json->last && *p == '-') {
        p++;
    }

    if (json->reason != NULL
        && json->last - p >= 3
        && (strncasecmp(p, "nan", 3) == 0 || strncasecmp(p, "inf", 3) == 0))
    {
        vfs_error_set(in->err, "status 200, but a component is not finite");
        return VFS_MODEL_NO_NUMBERS;
    }

    vfs_error_set(in->err, "status 200 with an answer that is not of the "
                  "protocol \"%s\"",
                  vfs_model_protocol_name(in->source->model->protocol));

    return VFS_MODEL_RETRY;
}


static vfs_model_answer_e
vfs_model_wrong_dimension(vfs_model_reader_t *in, uint64_t n)
{
    vfs_error_set(in->err, "vectors of %llu components, the definition has "
                  "the dimension %u", (unsigned long long) n,
                  in->def->dimension);

    return VFS_MODEL_STOP;
}


static vfs_model_answer_e
vfs_model_wrong_count(vfs_model_reader_t *in, uint64_t n)
{
    vfs_error_set(in->err, "status 200 with %llu vectors for %u texts",
                  (unsigned long long) n, in->count);

    return VFS_MODEL_RETRY;
}
