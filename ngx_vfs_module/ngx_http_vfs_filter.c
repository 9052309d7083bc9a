
/*
 * Copyright (C) the vfs authors
 */


#include "ngx_http_vfs_module.h"


#define NGX_HTTP_VFS_MAX_LIST  10000


/* What an operator of a metadata filter may be given. */

typedef enum {
    NGX_HTTP_VFS_OPERAND_SCALAR = 0,
    NGX_HTTP_VFS_OPERAND_NUMBER,
    NGX_HTTP_VFS_OPERAND_LIST,
    NGX_HTTP_VFS_OPERAND_BOOLEAN
} ngx_http_vfs_operand_e;


typedef struct {
    const char              *name;
    ngx_http_vfs_operand_e   operand;
} ngx_http_vfs_operator_t;


static ngx_int_t ngx_http_vfs_filter_member(vfs_json_t *json,
    vfs_json_token_t *name, const char **expected);
static ngx_int_t ngx_http_vfs_filter_list(vfs_json_t *json,
    const char **expected);
static ngx_int_t ngx_http_vfs_filter_field(vfs_json_t *json,
    const char **expected);
static ngx_int_t ngx_http_vfs_filter_operator(vfs_json_t *json,
    vfs_json_token_t *name, const char **expected);
static ngx_int_t ngx_http_vfs_filter_values(vfs_json_t *json);
static ngx_uint_t ngx_http_vfs_is_scalar(vfs_json_type_e type);


static ngx_http_vfs_operator_t  ngx_http_vfs_operators[] = {
    { "$eq", NGX_HTTP_VFS_OPERAND_SCALAR },
    { "$ne", NGX_HTTP_VFS_OPERAND_SCALAR },
    { "$gt", NGX_HTTP_VFS_OPERAND_NUMBER },
    { "$gte", NGX_HTTP_VFS_OPERAND_NUMBER },
    { "$lt", NGX_HTTP_VFS_OPERAND_NUMBER },
    { "$lte", NGX_HTTP_VFS_OPERAND_NUMBER },
    { "$in", NGX_HTTP_VFS_OPERAND_LIST },
    { "$nin", NGX_HTTP_VFS_OPERAND_LIST },
    { "$exists", NGX_HTTP_VFS_OPERAND_BOOLEAN },
    { NULL, 0 }
};


static const char  *ngx_http_vfs_operands[] = {
    "$eq and $ne with a string, a number, true or false",
    "$gt, $gte, $lt and $lte with a number",
    "$in and $nin with an array of 1 to 10000 strings or numbers",
    "$exists with true or false"
};


static const char  ngx_http_vfs_filters[] =
    "$and and $or with an array of filters";


/*
 * Checks the shape of a metadata filter (Pinecone, "Filter by metadata"):
 * fields with a value or with operators, joined by $and and $or.  "json"
 * stands behind the opening brace, and on success behind the closing one;
 * otherwise *expected says what should have been there.
 */

ngx_int_t
ngx_http_vfs_filter(vfs_json_t *json, const char **expected)
{
    vfs_json_token_t  name;

    while (vfs_json_next(json, &name) == VFS_JSON_NAME) {

        if (ngx_http_vfs_filter_member(json, &name, expected) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (name.type == VFS_JSON_OBJECT_END) {
        return NGX_OK;
    }

    *expected = "a valid object";

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_vfs_filter_member(vfs_json_t *json, vfs_json_token_t *name,
    const char **expected)
{
    vfs_json_token_t  value;

    vfs_json_next(json, &value);

    if (vfs_json_equal(name, "$and") || vfs_json_equal(name, "$or")) {


        if (value.type == VFS_JSON_ARRAY) {
            return ngx_http_vfs_filter_list(json, expected);
        }

        *expected = ngx_http_vfs_filters;
        return NGX_ERROR;
    }

    if (name->len == 0 || name->start[0] == '$') {
        *expected = "names of fields, $and or $or";
        return NGX_ERROR;
    }

    if (value.type == VFS_JSON_OBJECT) {
        return ngx_http_vfs_filter_field(json, expected);
    }

    *expected = "fields with a string, a number, true, false or an object "
                "of operators";

    return ngx_http_vfs_is_scalar(value.type) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_vfs_filter_list(vfs_json_t *json, const char **expected)
{
    ngx_uint_t        n;
    vfs_json_token_t  value;

    for (n = 0; vfs_json_next(json, &value) == VFS_JSON_OBJECT; n++) {

        /* as deep as the tokenizer goes, VFS_JSON_MAX_DEPTH */

        if (ngx_http_vfs_filter(json, expected) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    *expected = ngx_http_vfs_filters;

    return (n > 0 && value.type == VFS_JSON_ARRAY_END) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_vfs_filter_field(vfs_json_t *json, const char **expected)
{
    ngx_uint_t        n;
    vfs_json_token_t  name;

    for (n = 0; vfs_json_next(json, &name) == VFS_JSON_NAME; n++) {

        if (ngx_http_vfs_filter_operator(json, &name, expected) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    *expected = "an object of at least one operator";

    return (n > 0 && name.type == VFS_JSON_OBJECT_END) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_vfs_filter_operator(vfs_json_t *json, vfs_json_token_t *name,
    const char **expected)
{
    vfs_json_token_t          value;
    ngx_http_vfs_operator_t  *op;

    for (op = ngx_http_vfs_operators; op->name != NULL; op++) {
        if (vfs_json_equal(name, op->name)) {
            break;
        }
    }

    if (op->name == NULL) {
        *expected = "one of the operators $eq, $ne, $gt, $gte, $lt, $lte, "
                    "$in, $nin and $exists";
        return NGX_ERROR;
    }

    *expected = ngx_http_vfs_operands[op->operand];

    vfs_json_next(json, &value);

    switch (op->operand) {

    case NGX_HTTP_VFS_OPERAND_SCALAR:
        return ngx_http_vfs_is_scalar(value.type) ? NGX_OK : NGX_ERROR;

    case NGX_HTTP_VFS_OPERAND_NUMBER:
        return (value.type == VFS_JSON_NUMBER) ? NGX_OK : NGX_ERROR;

    case NGX_HTTP_VFS_OPERAND_LIST:
        return (value.type == VFS_JSON_ARRAY)
               ? ngx_http_vfs_filter_values(json) : NGX_ERROR;

    default: /* NGX_HTTP_VFS_OPERAND_BOOLEAN */
        return (value.type == VFS_JSON_TRUE || value.type == VFS_JSON_FALSE)
               ? NGX_OK : NGX_ERROR;
    }
}


static ngx_int_t
ngx_http_vfs_filter_values(vfs_json_t *json)
{
    ngx_uint_t        n;
    vfs_json_type_e   type;
    vfs_json_token_t  value;

    for (n = 0; n <= NGX_HTTP_VFS_MAX_LIST; n++) {
        type = vfs_json_next(json, &value);

        if (type == VFS_JSON_ARRAY_END) {
            return (n > 0) ? NGX_OK : NGX_ERROR;
        }

        if (type != VFS_JSON_STRING && type != VFS_JSON_NUMBER) {
            return NGX_ERROR;
        }
    }

    return NGX_ERROR;
}


static ngx_uint_t
ngx_http_vfs_is_scalar(vfs_json_type_e type)
{
    return type == VFS_JSON_STRING || type == VFS_JSON_NUMBER
           || type == VFS_JSON_TRUE || type == VFS_JSON_FALSE;
}
